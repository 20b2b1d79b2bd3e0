// How a command and its init end: gracefully, by force after a grace time, by SIGKILL from outside, or by reboot(2).
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {describe, test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {createSandbox, type NamespacedProcess, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {eventually} from '../helpers/eventually.js';
import {finished} from '../helpers/finished.js';
import {linesOf} from '../helpers/lines.js';
import {findProcesses, uniqueDuration} from '../helpers/processes.js';
import {testProgram} from '../helpers/programs.js';

const graceMs = 50;

/** Starts a shell that ignores SIGTERM, with a child that ignores it as well, and waits until both run. */
async function stubborn(options: SpawnOptions, marker: string): Promise<NamespacedProcess> {
  const child = spawnInNamespace('sh', ['-c', `trap '' TERM; sleep ${marker} & echo ready; sleep ${marker}`], {
    ...options,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout!, 'data');
  return child;
}

const kinds: [name: string, options: SpawnOptions][] = [
  ['with nsinit as PID 1', {}],
  ['with init: false', {init: false}],
  ['without a PID namespace', {namespaces: ['uts']}],
];

for (const [name, options] of kinds) {
  describe(`a command that ignores SIGTERM, ${name},`, () => {
    const assertForced = async (child: NamespacedProcess, marker: string): Promise<void> => {
      assert.deepEqual([child.exitCode, child.signalCode], [null, 'SIGKILL']);
      assert.equal(child.isForcefullyTerminated, true);
      assert.deepEqual(findProcesses({marker}), []);
    };

    test('has ended after shutdown()', async () => {
      const marker = uniqueDuration();
      await using child = await stubborn(options, marker);
      await child.shutdown({graceMs});
      await assertForced(child, marker);
      // A second call does nothing.
      await child.shutdown({graceMs});
    });

    test("has ended after shutdown() with scope 'all'", async () => {
      const marker = uniqueDuration();
      await using child = await stubborn(options, marker);
      await child.shutdown({graceMs, scope: 'all'});
      await assertForced(child, marker);
    });

    test('has ended forceKillAfterDelay milliseconds after kill()', async () => {
      const marker = uniqueDuration();
      await using child = await stubborn({...options, forceKillAfterDelay: graceMs}, marker);
      assert.equal(child.kill(), true);
      await finished(child);
      await assertForced(child, marker);
    });

    test('has ended forceKillAfterDelay milliseconds after a timeout', async () => {
      const marker = uniqueDuration();
      // A signal that is ignored by default.
      const kill: SpawnOptions = {timeout: 1, killSignal: 'SIGWINCH', forceKillAfterDelay: graceMs};
      await using child = spawnInNamespace('sleep', [marker], {...options, ...kill, stdio: 'ignore'});
      await finished(child);
      await assertForced(child, marker);
    });
  });
}

describe('a command that ends when asked to', () => {
  const others: readonly (readonly [NodeJS.Signals, SpawnOptions])[] = [
    ['SIGWINCH', {forceKillAfterDelay: 0}],
    // As execa has it, which passes its own option on.
    ['SIGTERM', {forceKillAfterDelay: 0, killSignal: 'SIGINT'}],
  ];
  for (const [other, options] of others) {
    test(`may take ${other}, which is not its killSignal, forceKillAfterDelay or not`, async () => {
      await using child = spawnInNamespace('sh', ['-c', 'trap "" TERM; echo ready; exec cat'], options);
      await once(child.stdout!, 'data');
      assert.equal(child.kill(other), true);
      // Behind the delay's timer, which would be older.
      await setTimeout(1);
      const {stdin, stdout} = child;
      stdin!.write('still there');
      assert.equal(`${await once(stdout!, 'data')}`, 'still there');
      const closed = finished(child);
      stdin!.end();
      assert.deepEqual([(await closed).code, child.isForcefullyTerminated], [0, false]);
    });
  }

  test('is not ended by force', async () => {
    const child = spawnInNamespace('sleep', ['1000']);
    await once(child, 'spawn');
    await child.shutdown({graceMs: 60_000});
    assert.deepEqual([child.signalCode, child.isForcefullyTerminated], ['SIGTERM', false]);
  });

  test('receives the signal of shutdown()', async () => {
    await using child = spawnInNamespace('sh', ['-c', 'trap "exit 6" INT; echo; while :; do sleep 0.01; done']);
    await once(child.stdout, 'data');
    await child.shutdown({signal: 'SIGINT', graceMs: 60_000});
    assert.deepEqual([child.exitCode, child.isForcefullyTerminated], [6, false]);
  });

  test("ends all other processes, which receive the signal as well with scope 'all'", async () => {
    const script =
      'sh -c "trap \'echo both; exit\' TERM; echo; while :; do sleep 0.01; done" & trap : TERM; wait; wait';
    await using child = spawnInNamespace('sh', ['-c', script]);
    const next = linesOf(child.stdout);
    assert.equal(await next(), '');
    const closed = child.shutdown({graceMs: 60_000, scope: 'all'});
    assert.equal(await next(), 'both');
    await closed;
    assert.deepEqual([child.exitCode, child.isForcefullyTerminated], [0, false]);
  });
});

describe('an init that ends before its command', () => {
  test('is reported as killed by SIGKILL from outside', async () => {
    for (const options of [{}, {init: false}, {namespaces: ['uts']}] as SpawnOptions[]) {
      const marker = uniqueDuration();
      await using child = spawnInNamespace('sleep', [marker], {...options, stdio: 'ignore'});
      await once(child, 'spawn');
      process.kill(child.pid!, 'SIGKILL');
      const {code, signal} = await finished(child);
      assert.deepEqual([code, signal, child.initSignal], [null, 'SIGKILL', 'SIGKILL']);
      await eventually(() => assert.deepEqual(findProcesses({marker}), []));
    }
  });

  const reboots = [
    ['restart', 'SIGHUP'],
    ['halt', 'SIGINT'],
    ['power-off', 'SIGINT'],
  ] as const;
  for (const [how, initSignal] of reboots) {
    test(`by reboot(2) inside: ${how}`, async () => {
      // CAP_SYS_BOOT over the PID namespace is root's, of the user namespace that owns it.
      await using child = spawnInNamespace(testProgram('reboot'), [how], {
        namespaces: ['pid', 'mnt', 'user'],
        uidMap: 'root',
      });
      const {code, signal} = await finished(child);
      assert.deepEqual([code, signal, child.initSignal], [null, 'SIGKILL', initSignal]);
    });
  }

  test('in a sandbox: every command ends as a killed one, and a late spawn throws', async () => {
    const sandbox = await createSandbox();
    const commands = Array.from({length: 5}, () => sandbox.spawn('sleep', ['1000'], {stdio: 'ignore'}));
    await Promise.all(commands.map(command => once(command, 'spawn')));
    const ends = commands.map(finished);
    const exited = once(sandbox, 'exit');
    process.kill(sandbox.pid, 'SIGKILL');
    for (const {code, signal, events} of await Promise.all(ends)) {
      assert.deepEqual([code, signal, events], [null, 'SIGKILL', ['exit', 'close']]);
    }
    assert.ok(commands.every(({initSignal}) => initSignal === 'SIGKILL'));
    assert.deepEqual(await exited, [null, 'SIGKILL']);
    assert.equal(sandbox.closed, true);
    assert.throws(() => sandbox.spawn('true'), {name: 'NamespaceError', code: 'ESRCH', message: /init has ended/});
    await assert.rejects(async () => sandbox.run('true'), {code: 'ESRCH', message: /init has ended/});
    await assert.rejects(sandbox.lastPid(), {code: 'ESRCH'});
    assert.deepEqual(await sandbox.close(), {isForcefullyTerminated: true});
  });

  test('a sandbox that is closed: the rejection of a run says that it was', async () => {
    const sandbox = await createSandbox();
    const run = sandbox.run('sleep', ['1000'], {stdio: 'ignore'});
    await once(run.child, 'spawn');
    const message = /init has ended \(it was closed\)/;
    const rejects = assert.rejects(run, {name: 'RunError', code: 'ESRCH', signal: 'SIGKILL', message});
    await sandbox.close();
    await rejects;
    assert.throws(() => sandbox.spawn('true'), {code: 'ESRCH', message});
  });

  test('a command that is not known to be executed when its sandbox is closed was killed as well', async () => {
    const sandbox = await createSandbox();
    const end = finished(sandbox.spawn('sleep', ['1000'], {stdio: 'ignore'}));
    await sandbox.close();
    const {code, signal, error, events} = await end;
    assert.deepEqual([code, signal, error, events.at(-1)], [null, 'SIGKILL', undefined, 'close']);
  });

  test('in a sandbox by reboot(2): initSignal and the rejection name the signal', async () => {
    await using sandbox = await createSandbox({namespaces: ['pid', 'mnt', 'user'], uidMap: 'root'});
    const exited = once(sandbox, 'exit');
    await assert.rejects(sandbox.run(testProgram('reboot'), ['restart'], {stdio: 'ignore'}), {
      initSignal: 'SIGHUP',
      message: /SIGHUP, which is what reboot\(2\) inside does/,
    });
    assert.deepEqual(await exited, [null, 'SIGHUP']);
  });
});
