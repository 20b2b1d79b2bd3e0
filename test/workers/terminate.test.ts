// Workers that are terminated: whatever they were doing, the process continues, and nothing of theirs is left.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {closeSync, fstatSync, openSync} from 'node:fs';
import {describe, test} from 'node:test';
import {Worker} from 'node:worker_threads';
import * as sys from 'namespawn/sys';
import {fixturePath, startFixture} from '../helpers/fixtures.js';
import {leavesNothing} from '../helpers/leaks.js';
import {scaled} from '../helpers/time.js';

// The full number: NAMESPAWN_WORKERS=1000 node scripts/test.mjs workers/terminate. To repeat a run that failed: NAMESPAWN_SEED=...
const rounds = Number(process.env.NAMESPAWN_WORKERS ?? scaled(120));
const seed = Number(process.env.NAMESPAWN_SEED ?? Math.floor(Math.random() * 2 ** 31));

test(`${rounds} Workers are terminated at random moments of load, spawn, sandbox, pty, ipc`, async t => {
  t.diagnostic(`NAMESPAWN_SEED=${seed}`);
  // In another Node, because it may abort.
  const storm = startFixture('worker-storm', [String(rounds), String(seed)]);
  const exit = once(storm.process, 'exit');
  assert.deepEqual(await storm.next(), {left: {}, complaints: ''}, `NAMESPAWN_SEED=${seed}`);
  assert.deepEqual(await exit, [0, null]);
});

test('Workers are terminated while the first of them loads the addon', async t => {
  t.diagnostic(`NAMESPAWN_SEED=${seed}`);
  for (let round = 0; round < Math.ceil(rounds / 15); round++) {
    const node = startFixture('worker-first', [String(seed + round)]);
    const exit = once(node.process, 'exit');
    assert.equal(await node.next(), 'over');
    assert.deepEqual(await exit, [0, null]);
  }
});

describe('with one of everything open', () => {
  test('a Worker can be terminated', () =>
    leavesNothing(async () => {
      for (let round = 0; round < 3; round++) {
        const worker = new Worker(fixturePath('worker-holder'), {workerData: 'terminate'});
        await once(worker, 'message');
        assert.equal(await worker.terminate(), 1);
      }
    }));

  test('a Worker can end by process.exit()', () =>
    leavesNothing(async () => {
      const worker = new Worker(fixturePath('worker-holder'), {workerData: 'exit'});
      assert.deepEqual(await once(worker, 'exit'), [0]);
    }));
});

test('a descriptor that a Worker has closed is not closed again at its end, when another thread may have the number', async () => {
  const code = `
    import {closeSync} from 'node:fs';
    import {parentPort} from 'node:worker_threads';
    import * as sys from '${import.meta.resolve('namespawn/sys')}';
    const fds = [...sys.socketpair(), sys.pidfdOpen(process.pid), sys.pidfdOpen(process.pid)];
    sys.close(fds[0]);
    sys.close(fds[2]);
    // The documentation advises against this, and Node emits a warning.
    process.removeAllListeners('warning');
    closeSync(fds[1]);
    closeSync(fds[3]);
    parentPort.postMessage(fds);
    setInterval(() => {}, 1e6);`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
  const [fds] = (await once(worker, 'message')) as [number[]];
  const opened: number[] = [];
  while (fds.some(fd => !opened.includes(fd)) && opened.length < 100) opened.push(openSync('/dev/null', 'r'));
  assert.deepEqual(
    fds.filter(fd => !opened.includes(fd)),
    [],
  );
  await worker.terminate();
  for (const fd of opened) {
    assert.ok(fstatSync(fd).isCharacterDevice());
    closeSync(fd);
  }
});

test('sys.close closes what namespawn/sys has opened, once, and nothing else', () => {
  const [one, other] = sys.socketpair();
  sys.close(one);
  assert.throws(() => sys.close(one), {code: 'EBADF', syscall: 'close'});
  assert.throws(() => sys.close(0), {code: 'EBADF'});
  const file = openSync('/dev/null', 'r');
  assert.throws(() => sys.close(file), {code: 'EBADF'});
  closeSync(file);
  closeSync(other);
  assert.throws(() => sys.close(other), {code: 'EBADF'});
});
