// kill(), killAll(), and the signals that nsinit forwards.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {constants} from 'node:os';
import {describe, test} from 'node:test';
import {type NamespacedProcessWithStreams, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {eventually} from '../helpers/eventually.js';
import {finished} from '../helpers/finished.js';
import {leavesNothing} from '../helpers/leaks.js';
import {findProcesses, isThere, statusOf, uniqueDuration} from '../helpers/processes.js';

const {signals} = constants;

/** Starts a shell that prints the signals that it catches, and waits until it is ready. */
async function catching(names: readonly string[], options: SpawnOptions = {}): Promise<NamespacedProcessWithStreams> {
  const traps = names.map(name => `trap 'echo ${name}; exit 0' ${name.slice(3)};`).join(' ');
  const child = spawnInNamespace('sh', ['-c', `${traps} echo ready; while :; do sleep 0.01; done`], {
    ...options,
    stdio: 'pipe',
  }) as NamespacedProcessWithStreams;
  await once(child.stdout, 'data');
  return child;
}

const catchable = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGTERM', 'SIGWINCH'];

describe('kill()', () => {
  test('sends the signal to the command', async () => {
    for (const name of catchable) {
      const child = await catching(catchable);
      assert.equal(child.kill(name as NodeJS.Signals), true);
      assert.equal(child.killed, true);
      const {code, stdout} = await finished(child);
      assert.deepEqual([code, stdout.trim()], [0, name]);
    }
  });

  test('waits for the command if it is called before spawn', async () => {
    for (const options of [{}, {init: false}, {namespaces: ['uts']}] as SpawnOptions[]) {
      const child = spawnInNamespace('sleep', ['1000'], options);
      // PID 1 would ignore any signal but SIGKILL.
      assert.equal(child.kill('SIGKILL'), true);
      const {signal, events} = await finished(child);
      assert.equal(signal, 'SIGKILL');
      assert.deepEqual(events, ['spawn', 'exit', 'close']);
    }
  });

  test('stops and continues', async () => {
    const child = spawnInNamespace('cat');
    await once(child, 'spawn');
    child.kill('SIGSTOP');
    await eventually(() => assert.match(statusOf(child.hostPid!).State!, /^T/));
    child.kill('SIGCONT');
    await eventually(() => assert.match(statusOf(child.hostPid!).State!, /^S/));
    child.stdin.end('over');
    assert.equal((await finished(child)).stdout, 'over');
  });

  test('with 0 checks whether the command exists, and returns false after the end', async () => {
    const child = spawnInNamespace('cat');
    await once(child, 'spawn');
    assert.equal(child.kill(0), true);
    child.stdin.end();
    await finished(child);
    assert.equal(child.kill(0), false);
    assert.equal(child.kill(), false);
    assert.equal(child.killAll(), false);
  });

  test('refuses unknown signals', async () => {
    const child = spawnInNamespace('cat');
    assert.throws(() => child.kill('SIGNONE' as NodeJS.Signals), {code: 'ERR_UNKNOWN_SIGNAL'});
    assert.throws(() => child.kill(65), {code: 'ERR_UNKNOWN_SIGNAL'});
    child.stdin.end();
    await finished(child);
  });
});

describe('signals sent to nsinit from outside', () => {
  test('are forwarded to the command', async () => {
    for (const options of [{}, {init: false}, {namespaces: ['uts']}] as SpawnOptions[]) {
      const child = await catching(['SIGTERM'], options);
      process.kill(child.pid!, 'SIGTERM');
      const {code, stdout} = await finished(child);
      assert.deepEqual([code, stdout], [0, 'SIGTERM\n']);
    }
  });

  test('are forwarded only if forwardSignals names them', async () => {
    const child = await catching(['SIGTERM', 'SIGUSR1'], {init: {forwardSignals: ['SIGUSR1']}});
    process.kill(child.pid!, 'SIGTERM');
    process.kill(child.pid!, 'SIGUSR1');
    assert.equal((await finished(child)).stdout, 'SIGUSR1\n');
  });

  test('are forwarded to the process group with forwardTo', async () => {
    const marker = uniqueDuration();
    // The shell ignores the signal, and prints how its child has ended.
    const child = spawnInNamespace('sh', ['-c', `trap : TERM; sleep ${marker} & wait $!; wait $!; echo $?`], {
      init: {forwardTo: 'group'},
    });
    await eventually(() => assert.equal(findProcesses({marker}).length, 1));
    process.kill(child.pid!, 'SIGTERM');
    assert.equal((await finished(child)).stdout, `${128 + signals.SIGTERM}\n`);
  });

  test('end everything if they are SIGKILL, which is reported as the end of the command', async () => {
    for (const options of [{}, {init: false}, {namespaces: ['uts']}] as SpawnOptions[]) {
      const marker = uniqueDuration();
      const child = spawnInNamespace('sleep', [marker], options);
      await once(child, 'spawn');
      process.kill(child.pid!, 'SIGKILL');
      const {code, signal, events} = await finished(child);
      assert.deepEqual([code, signal], [null, 'SIGKILL']);
      assert.deepEqual(events.at(-1), 'close');
      await eventually(() => assert.deepEqual(findProcesses({marker}), []));
    }
  });
});

describe('killAll()', () => {
  const places: [name: string, options: SpawnOptions][] = [
    ['with nsinit', {}],
    ['with init: false', {init: false}],
    ['without a PID namespace', {namespaces: ['uts']}],
    ['that survives Node', {namespaces: ['uts'], dieWithParent: false}],
  ];
  for (const [place, options] of places)
    test(`ends everything ${place}`, async () => {
      const marker = uniqueDuration();
      const child = spawnInNamespace('sh', ['-c', `trap '' TERM; setsid sleep ${marker} & sleep ${marker}`], options);
      await eventually(() =>
        assert.equal(findProcesses({marker}).filter(({command}) => / sleep /.test(command)).length, 2),
      );
      assert.equal(child.killAll(), true);
      assert.equal((await finished(child)).signal, 'SIGKILL');
      assert.deepEqual(findProcesses({marker}), []);
    });

  test('works in the middle of the set-up', () =>
    leavesNothing(async () => {
      for (let round = 0; round < 20; round++) {
        const child = spawnInNamespace('sleep', ['1000'], {namespaces: ['pid', 'mnt', 'net', 'uts', 'ipc']});
        const {pid} = child;
        assert.equal(child.killAll(), true);
        const {code, signal} = await finished(child);
        assert.deepEqual([code, signal], [null, 'SIGKILL']);
        assert.equal(isThere(pid!), false);
      }
    }));
});

describe('disposal', () => {
  test('Symbol.dispose kills the command', async () => {
    const child = spawnInNamespace('sleep', ['1000']);
    child[Symbol.dispose]();
    assert.equal((await finished(child)).signal, 'SIGTERM');
  });

  test('Symbol.asyncDispose waits until nothing is left', async () => {
    const marker = uniqueDuration();
    const child = spawnInNamespace('sh', ['-c', `trap '' TERM; sleep ${marker}`]);
    await once(child, 'spawn');
    await child[Symbol.asyncDispose]();
    assert.equal(child.signalCode, 'SIGKILL');
    assert.deepEqual(findProcesses({marker}), []);
    await child[Symbol.asyncDispose]();
  });
});

test('kill() returns true until the exit is emitted, although nsinit has ended meanwhile', async () => {
  const child = spawnInNamespace('sleep', ['1000'], {stdio: 'ignore'});
  await once(child, 'spawn');
  assert.equal(child.kill('SIGKILL'), true);
  // The reactor reaps nsinit while this thread is busy.
  while (existsSync(`/proc/${child.pid}`));
  assert.equal(child.kill(), true);
  await once(child, 'exit');
  assert.equal(child.kill(), false);
  await once(child, 'close');
});
