import assert from 'node:assert/strict';
import {readdirSync} from 'node:fs';
import {after, before, describe, test} from 'node:test';
import {
  getNamespacePids,
  NamespaceError,
  openNamespace,
  PidTranslator,
  toHostPid,
  toNamespacePid,
  translatePid,
  translationMethod,
} from 'namespawn';
import {kernelLacks} from '../../helpers/kernel.js';
import {nestedPidNamespaces, nsPids, openDescriptors, type Running} from '../../helpers/namespaces.js';
import {descendantsOf} from '../../helpers/processes.js';

const methods = translationMethod() === 'ioctl' ? (['ioctl', 'proc'] as const) : (['proc'] as const);
let nested: Running;
/** The PID of a process on each level; level 0 is outside. */
let residents: number[];
let all: {pid: number; pids: number[]}[];

before(async () => {
  nested = await nestedPidNamespaces(3, `${process.execPath} -e "console.log(1); setInterval(() => {}, 1e6)"; wait`);
  all = [nested.pid, ...descendantsOf(nested.pid)].map(pid => ({pid, pids: nsPids(pid)!}));
  residents = [0, 1, 2, 3].map(level => all.find(({pids}) => pids.length === level + 1)!.pid);
});
after(() => nested[Symbol.asyncDispose]());

for (const method of methods) {
  describe(`by ${method}`, () => {
    test('every translation in every direction agrees with NSpid', () => {
      assert.ok(all.length >= 8);
      for (const [from, fromResident] of residents.entries()) {
        for (const [to, toResident] of residents.entries()) {
          using translator = new PidTranslator({from: fromResident, to: toResident, method});
          assert.equal(translator.method, method);
          for (const {pids} of all) {
            if (pids[from] === undefined) continue;
            assert.equal(translator.translate(pids[from]), pids[to], `${pids} from level ${from} to ${to}`);
            if (pids[to] !== undefined) assert.equal(translator.translateBack(pids[to]), pids[from]);
          }
        }
      }
    });

    test('single translations agree with NSpid', () => {
      for (const {pid, pids} of all) {
        assert.deepEqual(getNamespacePids(pid), pids);
        for (const [level, resident] of residents.entries()) {
          const inside = pids[level];
          assert.equal(toNamespacePid(pid, resident, {method}), inside);
          if (inside !== undefined) assert.equal(toHostPid(inside, resident, {method}), pid);
        }
      }
    });

    test('threads are translated as threads', () => {
      const node = all.find(({pid, pids}) => pids.length === 4 && readdirSync(`/proc/${pid}/task`).length > 2)!;
      using translator = new PidTranslator({to: residents[2]!, method});
      using innermost = new PidTranslator({to: residents[3]!, method});
      for (const name of readdirSync(`/proc/${node.pid}/task`)) {
        const pids = nsPids(name)!;
        assert.equal(translator.translate(Number(name)), pids[2]);
        assert.equal(translator.translateBack(pids[2]!), Number(name));
        assert.equal(innermost.translateBack(pids[3]!), Number(name));
        assert.deepEqual(getNamespacePids(Number(name)), pids);
      }
    });

    test('a process that is not visible is undefined', () => {
      using translator = new PidTranslator({to: residents[1]!, method});
      assert.equal(translator.translate(process.pid), undefined);
      assert.equal(translator.translate(0), undefined);
      assert.equal(translator.translateBack(2_000_000), undefined);
      assert.equal(translatePid(2_147_483_647, {to: residents[1]!, method}), undefined);
      assert.equal(translatePid(process.pid, {method}), process.pid);
      assert.equal(translatePid(2_147_483_647, {method}), undefined);
      assert.equal(toNamespacePid(process.pid, 2_147_483_647, {method}), undefined);
    });

    test('a batch returns the same as single translations, with 0 for undefined', () => {
      using translator = new PidTranslator({to: residents[2]!, method});
      const pids = Int32Array.from([...all.map(({pid}) => pid), process.pid, 0]);
      const inside = translator.translateAll(pids);
      assert.deepEqual(
        [...inside],
        [...pids].map(pid => translator.translate(pid) ?? 0),
      );
      const visible = inside.filter(pid => pid !== 0);
      assert.deepEqual(
        [...translator.translateAllBack(visible)],
        [...pids].filter((_, index) => inside[index] !== 0),
      );
    });

    test('a namespace that has ended has no processes', async () => {
      const short = await nestedPidNamespaces(1);
      const resident = descendantsOf(short.pid).find(pid => nsPids(pid)?.length === 2)!;
      const translator = new PidTranslator({to: resident, method});
      const inside = nsPids(resident)![1]!;
      assert.equal(translator.translateBack(inside), resident);
      await short[Symbol.asyncDispose]();
      assert.equal(translator.translate(process.pid), undefined);
      translator.close();
    });
  });
}

test('both methods agree on every process of the machine', {
  skip: kernelLacks('NS_GET_PID_FROM_PIDNS'),
}, () => {
  for (const to of residents) {
    using ioctl = new PidTranslator({to, method: 'ioctl'});
    using proc = new PidTranslator({to, method: 'proc'});
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const results = [ioctl.translate(Number(name)), proc.translate(Number(name)), ioctl.translate(Number(name))];
      // The process may have started or ended meanwhile, in which case the results may differ.
      if (results[0] === results[2]) assert.equal(results[1], results[0], `process ${name}`);
    }
  }
});

test('a handle can be a target, and may be closed before the translator', () => {
  const handle = openNamespace(residents[1]!, 'pid');
  const translator = new PidTranslator({to: handle});
  handle.close();
  const {pid, pids} = all.at(-1)!;
  assert.equal(translator.translate(pid), pids[1]);
  translator.close();
  assert.throws(() => translator.translate(pid), {code: 'ERR_INVALID_STATE'});
  assert.throws(() => new PidTranslator({to: handle}), {code: 'ERR_INVALID_STATE'});
});

test('wrong arguments are refused', () => {
  using net = openNamespace(process.pid, 'net');
  assert.throws(() => toNamespacePid(1, net), {code: 'ERR_INVALID_ARG_VALUE', message: /not of type net/});
  assert.throws(() => toNamespacePid(1, {path: '/proc/self/ns/net'}), {code: 'EINVAL', message: /net.*pid/});
  assert.throws(() => toNamespacePid(-1, 'host'), {code: 'ERR_OUT_OF_RANGE'});
  assert.throws(() => toNamespacePid(1.5, 'host'), {code: 'ERR_OUT_OF_RANGE'});
  assert.throws(() => toNamespacePid('1' as unknown as number, 'host'), {code: 'ERR_INVALID_ARG_TYPE'});
  assert.throws(() => new PidTranslator({method: 'guess' as 'proc'}), {code: 'ERR_INVALID_ARG_VALUE'});
  using translator = new PidTranslator({});
  assert.throws(() => translator.translateAll([1] as unknown as Int32Array), {code: 'ERR_INVALID_ARG_TYPE'});
  assert.throws(() => translator.translateAll(new Int32Array(2), new Int32Array(1)), {
    code: 'ERR_INVALID_ARG_VALUE',
  });
  assert.ok(NamespaceError.prototype instanceof Error);
});

test('a closed translator leaves no descriptor open', () => {
  const count = openDescriptors();
  for (const method of methods) {
    for (const {pid} of all) {
      toNamespacePid(pid, residents[2]!, {method});
      translatePid(1, {from: residents[3]!, to: residents[1]!, method});
      try {
        toNamespacePid(pid, {path: '/proc/self/ns/net'});
      } catch {}
    }
  }
  assert.equal(openDescriptors(), count);
});
