// How a command and its init end: gracefully, by force, from outside, by reboot(2), and in which words Node hears of it.
import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import type {Writable} from 'node:stream';
import {describe, test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {createSandbox, type NamespacedProcess, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {needsOwnCgroup, supervisedCgroup} from '../helpers/cgroups.js';
import {eventually} from '../helpers/eventually.js';
import {finished} from '../helpers/finished.js';
import {linesOf} from '../helpers/lines.js';
import {findProcesses, isThere, threadsOf, uniqueDuration} from '../helpers/processes.js';
import {testProgram} from '../helpers/programs.js';
import {needsRoot} from '../helpers/requirements.js';

const graceMs = 50;

/** A shell that ignores SIGTERM, with a child that does, once both are there. */
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

    test('is gone after shutdown()', async () => {
      const marker = uniqueDuration();
      await using child = await stubborn(options, marker);
      await child.shutdown({graceMs});
      await assertForced(child, marker);
      // A second time there is nothing to do.
      await child.shutdown({graceMs});
    });

    test("is gone after shutdown() with scope 'all'", async () => {
      const marker = uniqueDuration();
      await using child = await stubborn(options, marker);
      await child.shutdown({graceMs, scope: 'all'});
      await assertForced(child, marker);
    });

    test('is gone forceKillAfterDelay milliseconds after kill()', async () => {
      const marker = uniqueDuration();
      await using child = await stubborn({...options, forceKillAfterDelay: graceMs}, marker);
      assert.equal(child.kill(), true);
      await finished(child);
      await assertForced(child, marker);
    });

    test('and after a timeout', async () => {
      const marker = uniqueDuration();
      // A signal that does nothing, whenever it comes.
      const kill: SpawnOptions = {timeout: 1, killSignal: 'SIGWINCH', forceKillAfterDelay: graceMs};
      await using child = spawnInNamespace('sleep', [marker], {...options, ...kill, stdio: 'ignore'});
      await finished(child);
      await assertForced(child, marker);
    });
  });
}

describe('a command that ends when asked to', () => {
  test('may take other signals, forceKillAfterDelay or not', async () => {
    await using child = spawnInNamespace('cat', {forceKillAfterDelay: 0});
    await once(child, 'spawn');
    assert.equal(child.kill('SIGWINCH'), true);
    // Behind the delay's timer, which would be older.
    await setTimeout(1);
    const {stdin, stdout} = child;
    stdin.write('still there');
    assert.equal(`${await once(stdout, 'data')}`, 'still there');
    const closed = finished(child);
    stdin.end();
    assert.deepEqual([(await closed).code, child.isForcefullyTerminated], [0, false]);
  });

  test('is not ended by force', async () => {
    const child = spawnInNamespace('sleep', ['1000']);
    await once(child, 'spawn');
    await child.shutdown({graceMs: 60_000});
    assert.deepEqual([child.signalCode, child.isForcefullyTerminated], ['SIGTERM', false]);
  });

  test('takes the signal that it is asked with', async () => {
    await using child = spawnInNamespace('sh', ['-c', 'trap "exit 6" INT; echo; while :; do sleep 0.01; done']);
    await once(child.stdout, 'data');
    await child.shutdown({signal: 'SIGINT', graceMs: 60_000});
    assert.deepEqual([child.exitCode, child.isForcefullyTerminated], [6, false]);
  });

  test("takes the others with it, and with scope 'all' they hear of it themselves", async () => {
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

describe('waitForAll', () => {
  for (const [name, namespaces] of [
    ['with', ['pid', 'mnt']],
    ['without', ['uts']],
  ] as [string, SpawnOptions['namespaces']][]) {
    test(`keeps the namespace until the last process is gone, ${name} a PID namespace`, async () => {
      await using child = spawnInNamespace('sh', ['-c', 'setsid sh -c "read line; echo last" <&3 & exit 7'], {
        namespaces,
        init: {waitForAll: true},
        stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
      });
      await once(child, 'spawn');
      // The command is gone, its daemon is not, and nobody has told of an end.
      await eventually(() => assert.equal(isThere(child.hostPid!), false));
      assert.equal(child.exitCode, null);
      (child.stdio[3] as Writable).write('go\n');
      const {code, stdout} = await finished(child);
      assert.deepEqual([code, stdout], [7, 'last\n']);
    });
  }

  for (const namespaces of [['pid', 'mnt'], ['uts']] as SpawnOptions['namespaces'][]) {
    test(`a signal then reaches what is left, and the status stays the command's, in ${namespaces}`, async () => {
      const script = `setsid sh -c 'trap "echo asked; exit" TERM; echo ready; while :; do sleep 0.01; done' & read line; exit 7`;
      await using child = spawnInNamespace('sh', ['-c', script], {namespaces, init: {waitForAll: true}, stdio: 'pipe'});
      const next = linesOf(child.stdout!);
      assert.equal(await next(), 'ready');
      child.stdin!.write('go on\n');
      await eventually(() => assert.equal(isThere(child.hostPid!), false));
      assert.equal(child.kill(), true);
      assert.equal(await next(), 'asked');
      const {code, signal} = await finished(child);
      assert.deepEqual([code, signal], [7, null]);
    });
  }

  test('killAll() ends the wait', async () => {
    await using child = spawnInNamespace('sh', ['-c', 'setsid sleep 1000 & exit 7'], {init: {waitForAll: true}});
    await once(child, 'spawn');
    await eventually(() => assert.equal(isThere(child.hostPid!), false));
    child.killAll();
    const {code, signal} = await finished(child);
    assert.deepEqual([code, signal, child.initSignal], [null, 'SIGKILL', 'SIGKILL']);
  });
});

/** What the reactor's thread does, as /proc shows it, a few times. */
function reactorState(): string {
  const thread = threadsOf().find(id => readFileSync(`/proc/self/task/${id}/comm`, 'utf8') === 'namespawn\n');
  const states = Array.from(
    {length: 50},
    () => readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ')[1]![0],
  );
  return states.find(state => state !== 'S') ?? 'S';
}

describe('a supervisor that its command stops', () => {
  for (const [how, script] of [
    ['once', 'kill -STOP $PPID; echo; exec sleep'],
    ['again and again', '(while kill -STOP $PPID; do :; done) 2>/dev/null & echo; exec sleep'],
  ]) {
    test(`${how} is ended all the same`, async () => {
      const marker = uniqueDuration();
      await using child = spawnInNamespace('sh', ['-c', `read line; ${script} ${marker}`], {
        namespaces: ['uts'],
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      // Stopped sooner it could not tell of it.
      await once(child, 'spawn');
      child.stdin!.write('go on\n');
      await once(child.stdout!, 'data');
      assert.equal(child.killAll(), true);
      const {code, signal} = await finished(child);
      assert.deepEqual([code, signal], [null, 'SIGKILL']);
      await eventually(() => assert.deepEqual(findProcesses({marker}), []));
    });
  }
});

describe('an init that ends before its command', () => {
  test('by SIGKILL from outside', async () => {
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

  // Its command has a PDEATHSIG; what that has left behind has none.
  test('of a supervisor: what the command has started ends with its cgroup', {skip: needsOwnCgroup()}, async () => {
    for (const killer of ['outside', 'inside']) {
      const marker = uniqueDuration();
      const script = `setsid sh -c 'echo ready; exec sleep ${marker} >/dev/null 2>&1' </dev/null & read line; kill -9 $PPID; sleep 1000`;
      await using child = spawnInNamespace('sh', ['-c', script], {namespaces: ['uts'], stdio: 'pipe'});
      await once(child.stdout!, 'data');
      const cgroup = supervisedCgroup(child.pid!);
      assert.ok(existsSync(cgroup));
      if (killer === 'outside') process.kill(child.pid!, 'SIGKILL');
      else child.stdin!.write('go on\n');
      const {code, signal} = await finished(child);
      assert.deepEqual([code, signal, child.initSignal], [null, 'SIGKILL', 'SIGKILL']);
      assert.deepEqual(findProcesses({marker}), []);
      assert.equal(existsSync(cgroup), false);
    }
  });

  test('of a supervisor, whose command has cgroups of its own', {skip: needsOwnCgroup()}, async () => {
    for (const end of ['exit 0', 'kill -9 $PPID; sleep 1000']) {
      await using child = spawnInNamespace('sh', ['-c', `echo; read line; ${end}`], {
        namespaces: ['uts'],
        stdio: 'pipe',
      });
      await once(child.stdout!, 'data');
      const cgroup = supervisedCgroup(child.pid!);
      mkdirSync(path.join(cgroup, 'one/two'), {recursive: true});
      child.stdin!.write('go on\n');
      await finished(child);
      assert.equal(existsSync(cgroup), false);
    }
  });

  // Dead, but kept from its parent: the descriptor of its end stays readable.
  test('of a supervisor that real root traces: Node sleeps until it is let go', {skip: needsRoot()}, async () => {
    await using child = spawnInNamespace(testProgram('tracer'), [], {
      namespaces: ['uts'],
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = finished(child);
    // Killed sooner, nsinit could not tell of the start.
    await once(child, 'spawn');
    child.stdin!.write('\n');
    // Where there is a cgroup, the tracer dies with it.
    const isTraced = await Promise.race([once(child.stdout!, 'data').then(() => true), ended.then(() => false)]);
    if (isTraced) {
      await eventually(() => assert.equal(reactorState(), 'S'));
      child.stdin!.end();
    }
    const {code, signal} = await ended;
    assert.deepEqual([code, signal, child.initSignal], [null, 'SIGKILL', 'SIGKILL']);
  });

  test('of a supervisor that root of a user namespace may not trace', async () => {
    const options: SpawnOptions = {namespaces: ['user', 'uts'], uidMap: 'root', stdio: ['pipe', 'pipe', 'ignore']};
    await using child = spawnInNamespace(testProgram('tracer'), [], options);
    const ended = finished(child);
    child.stdin!.end('\n');
    const {code} = await ended;
    assert.deepEqual([code, child.initSignal], [1, null]);
  });

  test('of a supervisor, and its Node with it: the next one ends what is left', {skip: needsOwnCgroup()}, async () => {
    const {pid: dead} = spawnSync('true');
    const marker = uniqueDuration();
    const stale = supervisedCgroup(dead);
    const others = supervisedCgroup(process.pid);
    mkdirSync(stale);
    mkdirSync(others);
    const left = spawn('sleep', [marker]);
    await once(left, 'spawn');
    writeFileSync(path.join(stale, 'cgroup.procs'), `${left.pid}`);
    const gone = once(left, 'exit');
    const another = (): Promise<unknown> => finished(spawnInNamespace('true', {namespaces: ['uts']}));
    await another();
    assert.deepEqual(await gone, [null, 'SIGKILL']);
    await another();
    assert.equal(existsSync(stale), false);
    // rmdir fails where it has gone as well.
    rmdirSync(others);
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
