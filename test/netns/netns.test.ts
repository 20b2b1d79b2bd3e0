// Network namespaces by name, beside ip(8): each sees what the other has made.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {describe, test} from 'node:test';
import {createNamespaces, listNamespaces, type NamespacedProcess, netns, openNamespace} from 'namespawn';
import {startFixture} from '../helpers/fixtures.js';
import {leavesNothing} from '../helpers/leaks.js';
import {inNewNamespaces} from '../helpers/namespaces.js';
import {needsProgram, needsRoot, needsUser} from '../helpers/requirements.js';

const ip = (...args: string[]): string => execFileSync('ip', args, {encoding: 'utf8'}).trim();
const own = `namespawn-test-${process.pid}`;
const names = [1, 2, 3].map(number => `${own}-${number}`) as [string, string, string];
const [first, second, third] = names;
const deleteAll = (): void => {
  for (const name of names) if (existsSync(`/run/netns/${name}`)) ip('netns', 'delete', name);
};
const output = async (child: NamespacedProcess): Promise<string> => {
  let text = '';
  child.stdout!.on('data', data => {
    text += data;
  });
  child.stderr!.on('data', data => {
    text += data;
  });
  await once(child, 'close');
  return text.trim();
};
const listedByIp = (): string[] =>
  ip('netns', 'list')
    .split('\n')
    .map(line => line.split(' ')[0]!)
    .filter(name => name.startsWith(own))
    .sort();

describe('netns, beside ip(8)', {skip: needsRoot() || needsProgram('ip')}, () => {
  const withNames = (work: () => Promise<void>): Promise<void> =>
    leavesNothing(async () => {
      try {
        await work();
      } finally {
        deleteAll();
      }
    });

  test('what one adds, the other lists, enters and deletes', async () => {
    await withNames(async () => {
      await netns.add(first);
      ip('netns', 'add', second);
      assert.deepEqual(listedByIp(), [first, second]);
      const listed = netns.list().filter(({name}) => name.startsWith(own));
      assert.deepEqual(
        listed.map(({name, path, id}) => ({name, path, id})),
        [first, second].map(name => ({name, path: `/run/netns/${name}`, id: statSync(`/run/netns/${name}`).ino})),
      );
      const inside = ip('netns', 'exec', first, 'readlink', '/proc/self/ns/net');
      assert.equal(inside, `net:[${listed[0]!.id}]`);
      using handle = netns.open(second);
      assert.deepEqual([handle.type, handle.id], ['net', listed[1]!.id]);
      handle.close();
      assert.equal(await output(netns.exec(second, 'readlink', ['/proc/self/ns/net'])), `net:[${listed[1]!.id}]`);
      // As ip-netns(8) leaves it.
      assert.match(ip('-n', first, 'link'), /lo: <LOOPBACK> .* state DOWN/);
      ip('netns', 'delete', first);
      netns.delete(second);
      assert.deepEqual(listedByIp(), []);
      assert.ok(!existsSync(`/run/netns/${second}`));
    });
  });

  test('a name that is in use is refused, and one that is missing', async () => {
    await withNames(async () => {
      ip('netns', 'add', first);
      await assert.rejects(netns.add(first), {code: 'EEXIST', step: 'persist', path: `/run/netns/${first}`});
      assert.throws(() => netns.delete(second), {
        code: 'ENOENT',
        step: 'netns',
        hint: /no network namespace has this name/,
      });
      assert.throws(() => netns.open(second), {code: 'ENOENT'});
      assert.throws(() => netns.pids(second), {code: 'ENOENT', hint: /has this name/});
      const child = netns.exec(second, 'true');
      const [error] = await once(child, 'error');
      assert.equal(error.code, 'ENOENT');
      for (const name of ['', '.', '..', 'a/b', 'a\0b', 'a'.repeat(256)]) {
        await assert.rejects(netns.add(name), {code: 'ERR_INVALID_ARG_VALUE'});
        assert.throws(() => netns.delete(name), {code: 'ERR_INVALID_ARG_VALUE'});
        assert.throws(() => netns.exec(name, 'true'), {code: 'ERR_INVALID_ARG_VALUE'});
      }
      await assert.rejects(netns.add(1 as unknown as string), {code: 'ERR_INVALID_ARG_TYPE'});
    });
  });

  test('a file on which nothing is mounted is deleted, as ip does it', async () => {
    await withNames(async () => {
      await netns.add(first);
      execFileSync('umount', [`/run/netns/${first}`]);
      assert.equal(netns.list().find(({name}) => name === first)?.id, undefined);
      netns.delete(first);
      assert.ok(!existsSync(`/run/netns/${first}`));
    });
  });

  test('attach, identify and pids', async () => {
    await withNames(async () => {
      {
        await using running = await inNewNamespaces(['--net']);
        await netns.attach(first, running.resident);
        ip('netns', 'attach', second, `${running.resident}`);
        using handle = openNamespace(running.resident, 'net');
        await netns.attach(third, handle);
        assert.deepEqual(netns.identify(running.resident).sort(), names);
        assert.deepEqual(netns.identify(handle).sort(), names);
        // ip-netns(8) of iproute2 6.1 says one of them.
        assert.ok(names.includes(ip('netns', 'identify', `${running.resident}`)));
        const expected = ip('netns', 'pids', first).split('\n').map(Number).sort();
        assert.deepEqual(netns.pids(second).sort(), expected);
        assert.ok(expected.includes(running.resident));
        assert.deepEqual(netns.identify(), []);
      }
      assert.deepEqual(netns.pids(first), []);
    });
  });

  test('exec: /sys and /etc/netns/NAME, as ip netns exec has them', async () => {
    const directory = `/etc/netns/${first}`;
    const isMade = !existsSync('/etc/netns');
    mkdirSync(directory, {recursive: true});
    writeFileSync(`${directory}/hostname`, 'of-the-namespace\n');
    writeFileSync(`${directory}/namespawn-test-missing`, '');
    try {
      await withNames(async () => {
        await netns.add(first, {loopback: true});
        const script = 'ls /sys/class/net; cat /etc/hostname; ip -o link show lo | grep -c LOWER_UP';
        const expected = 'lo\nof-the-namespace\n1';
        assert.equal(await output(netns.exec(first, 'sh', ['-c', script])), expected);
        assert.equal(
          execFileSync('ip', ['netns', 'exec', first, 'sh', '-c', script], {
            encoding: 'utf8',
            stdio: ['ignore', 'pipe', 'ignore'],
          }).trim(),
          expected,
        );
        const device = await output(netns.exec(first, 'stat', ['-c', '%d', '/sys'], {mountSys: false}));
        assert.equal(device, String(statSync('/sys').dev));
      });
    } finally {
      rmSync(isMade ? '/etc/netns' : directory, {recursive: true});
    }
  });

  test('ids', async () => {
    await withNames(async () => {
      await netns.add(first);
      ip('netns', 'add', second);
      netns.set(first, 31000);
      ip('netns', 'set', second, '31001');
      assert.match(ip('netns', 'list'), new RegExp(`${first} \\(id: 31000\\)`));
      assert.equal(netns.list().find(({name}) => name === second)?.netnsid, 31001);
      const expected = [
        {netnsid: 31000, ownNetnsid: 31000, name: first},
        {netnsid: 31001, ownNetnsid: 31001, name: second},
      ];
      const sorted = netns.listIds().sort((a, b) => a.netnsid - b.netnsid);
      assert.deepEqual(
        sorted.filter(({netnsid}) => netnsid === 31000 || netnsid === 31001),
        expected,
      );
      assert.deepEqual(netns.listIds({id: 31001}), [expected[1]]);
      // What the first knows: it gives an id to the second.
      ip('-n', first, 'netns', 'set', second, '7');
      assert.deepEqual(netns.listIds({target: 31000}), [{netnsid: 7, ownNetnsid: 31001, name: second}]);
      assert.throws(() => netns.set(first, 5), {code: 'EEXIST', step: 'netns.id', hint: /an id already/});
      ip('netns', 'add', third);
      assert.throws(() => netns.set(third, 31000), {code: 'EEXIST', hint: /another one has this id/});
      netns.set(third, 'auto');
      assert.ok(netns.list().find(({name}) => name === third)!.netnsid! >= 0);
      assert.throws(() => netns.set(third, -1), {code: 'ERR_OUT_OF_RANGE'});
      assert.throws(() => netns.listIds({target: 99999}), {step: 'netns.id'});
    });
  });

  test('monitor reports what both do, in order', async () => {
    await withNames(async () => {
      const seen: string[] = [];
      const events = netns.monitor();
      await netns.add(first);
      ip('netns', 'add', second);
      ip('netns', 'delete', second);
      netns.delete(first);
      await netns.add(third);
      for await (const {event, name} of events) {
        if (!name.startsWith(own)) continue;
        seen.push(`${event} ${name}`);
        if (name === third) break;
      }
      assert.deepEqual(seen, [`add ${first}`, `add ${second}`, `delete ${second}`, `delete ${first}`, `add ${third}`]);
      assert.deepEqual(await events.next(), {done: true, value: undefined});
    });
  });

  test('in a program that does nothing else', async () => {
    const {next, process: child} = startFixture('netns-monitor', [first]);
    assert.equal(await next(), 'watching');
    ip('netns', 'add', first);
    assert.deepEqual(await next(), {event: 'add', name: first});
    ip('netns', 'delete', first);
    assert.deepEqual(await next(), {event: 'delete', name: first});
    await once(child, 'close');
  });

  test('a signal ends the monitor', async () => {
    await leavesNothing(async () => {
      const reason = new Error('enough');
      const aborter = new AbortController();
      const events = netns.monitor({signal: aborter.signal});
      const next = events.next();
      aborter.abort(reason);
      await assert.rejects(next, reason);
      assert.deepEqual(await events.next(), {done: true, value: undefined});
      assert.throws(() => netns.monitor({signal: AbortSignal.abort(reason)}), reason);
    });
  });

  test('a Worker that is terminated leaves no monitor', async () => {
    await leavesNothing(async () => {
      const {Worker} = await import('node:worker_threads');
      const code = `
        import {netns} from 'namespawn';
        import {parentPort} from 'node:worker_threads';
        netns.monitor().next();
        parentPort.postMessage('ready');`;
      const url = new URL(
        `data:text/javascript,${encodeURIComponent(code.replace("'namespawn'", `'${import.meta.resolve('namespawn')}'`))}`,
      );
      const worker = new Worker(url);
      await once(worker, 'message');
      await worker.terminate();
    });
  });

  test('a name is listed as a mount', async () => {
    await withNames(async () => {
      const {net} = await createNamespaces(['net']);
      await netns.attach(first, net);
      const info = listNamespaces({types: ['net']}).find(({id}) => id === net.id);
      assert.ok(info?.mounts.includes(`/run/netns/${first}`));
      net.close();
    });
  });
});

test('an ordinary user is refused', {skip: needsUser()}, async () => {
  await assert.rejects(netns.add(first), ({code, step, hint}) => {
    assert.ok(code === 'EACCES' || code === 'EPERM');
    assert.equal(step, 'netns');
    assert.match(hint, /run as root/);
    return true;
  });
});

test('root of a user namespace has names of its own', {skip: needsProgram('ip')}, async () => {
  const script = 'mount -t tmpfs none /run && exec "$@"';
  const launcher = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh'];
  const {next, process: child} = startFixture('netns-names', [], launcher);
  const seen = await next<{byIp: string; listed: string[]; interfaces: string; left: string[]}>();
  assert.deepEqual(seen, {byIp: 'blue', listed: ['blue'], interfaces: 'lo', left: []});
  child.stdin!.end();
});
