// nsinit forwards signals that it receives from outside: which of them, in which order, and to which processes.
import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {constants} from 'node:os';
import {describe, test} from 'node:test';
import {type InitOptions, type NamespacedProcess, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {eventually} from '../helpers/eventually.js';
import {finished} from '../helpers/finished.js';
import {fixturePath} from '../helpers/fixtures.js';
import {linesOf} from '../helpers/lines.js';
import {statusOf} from '../helpers/processes.js';
import {testProgram} from '../helpers/programs.js';

const {SIGKILL, SIGSTOP, SIGCHLD, SIGTERM, SIGUSR1, SIGUSR2} = constants.signals;
// No process can catch the first two, nsinit does not forward the third, and libc uses 32 and 33 itself.
const excepted = new Set([SIGKILL, SIGSTOP, SIGCHLD, 32, 33]);
const all = Array.from({length: 64}, (_, index) => index + 1).filter(signal => !excepted.has(signal));

const kinds: [name: string, options: SpawnOptions][] = [
  ['as PID 1', {}],
  ['as a supervisor', {namespaces: ['uts']}],
];

function send(pid: number, ...signals: number[]): void {
  execFileSync(testProgram('send'), [pid, ...signals].map(String));
}

interface Recorder extends AsyncDisposable {
  child: NamespacedProcess;
  next(): Promise<string>;
}

/** Starts a command that records signals, and waits until it catches them. */
async function recorder(options: SpawnOptions): Promise<Recorder> {
  const child = spawnInNamespace(testProgram('record'), [], {...options, stdio: ['ignore', 'pipe', 'inherit']});
  const next = linesOf(child.stdout);
  assert.equal(await next(), '0');
  return {child, next, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]()};
}

describe('forwarding', () => {
  for (const [name, options] of kinds) {
    test(`every signal of a C program arrives in order, nsinit ${name}`, async () => {
      await using recording = await recorder(options);
      const {child, next} = recording;
      for (const signal of all) {
        send(child.pid!, signal);
        assert.equal(await next(), `${signal}`);
      }
    });

    test(`every signal that Node knows arrives by process.kill, nsinit ${name}`, async () => {
      await using recording = await recorder(options);
      const {child, next} = recording;
      const names = Object.entries(constants.signals).filter(([, signal]) => all.includes(signal));
      assert.ok(names.length > 25);
      for (const [signal, number] of names) {
        process.kill(child.pid!, signal);
        assert.equal(await next(), `${number}`);
      }
    });

    test(`real-time signals are queued, nsinit ${name}`, async () => {
      await using recording = await recorder(options);
      const {child, next} = recording;
      const burst = [34, 34, 34, 40, 40, 50, 50, 64, 64, 64];
      send(child.pid!, ...burst);
      for (const signal of burst) assert.equal(await next(), `${signal}`);
    });
  }

  test('kill() sends real-time signals as well', async () => {
    await using recording = await recorder({});
    const {child, next} = recording;
    for (const signal of [34, 64]) {
      assert.equal(child.kill(signal), true);
      assert.equal(await next(), `${signal}`);
    }
  });

  test('SIGCHLD is not forwarded', async () => {
    await using recording = await recorder({});
    const {child, next} = recording;
    send(child.pid!, SIGCHLD, SIGUSR2);
    assert.equal(await next(), `${SIGUSR2}`);
  });

  const choices: [init: InitOptions, forwarded: number[]][] = [
    [{forwardSignals: true}, [SIGUSR1, SIGTERM, 40]],
    [{forwardSignals: ['SIGUSR1', 40]}, [SIGUSR1, 40]],
    [{forwardSignals: []}, []],
    [{forwardSignals: false}, []],
  ];
  for (const [init, forwarded] of choices) {
    test(`${JSON.stringify(init)} forwards ${forwarded.join(', ') || 'nothing'}`, async () => {
      await using recording = await recorder({init});
      const {child, next} = recording;
      send(child.pid!, SIGUSR1, SIGTERM, 40);
      for (const signal of forwarded) assert.equal(await next(), `${signal}`);
      // The message of kill() comes after all forwarded signals, so no other signal was forwarded.
      await eventually(() => assert.equal(pendingOf(child.pid!), 0n));
      child.kill('SIGUSR2');
      assert.equal(await next(), `${SIGUSR2}`);
    });
  }

  test('with forwardTo: group, the whole process group receives the signal', async () => {
    const record = testProgram('record');
    await using child = spawnInNamespace('sh', ['-c', `${record} & exec ${record}`], {init: {forwardTo: 'group'}});
    const next = linesOf(child.stdout);
    assert.deepEqual([await next(), await next()], ['0', '0']);
    send(child.pid!, SIGTERM);
    assert.deepEqual([await next(), await next()], [`${SIGTERM}`, `${SIGTERM}`]);
  });

  test('with forwardTo: group, only the command receives the signal if it leads no group', async () => {
    await using recording = await recorder({init: {forwardTo: 'group'}, newSession: false});
    send(recording.child.pid!, SIGTERM);
    assert.equal(await recording.next(), `${SIGTERM}`);
  });

  test('without forwardTo, only the command receives the signal', async () => {
    const record = testProgram('record');
    await using child = spawnInNamespace('sh', ['-c', `${record} & exec ${record}`]);
    const next = linesOf(child.stdout);
    assert.deepEqual([await next(), await next()], ['0', '0']);
    send(child.pid!, SIGTERM);
    assert.equal(await next(), `${SIGTERM}`);
    child.kill('SIGUSR2');
    assert.equal(await next(), `${SIGUSR2}`);
  });
});

/** Returns the mask of the signals that are pending in nsinit. */
function pendingOf(pid: number): bigint {
  const {SigPnd, ShdPnd} = statusOf(pid);
  return BigInt(`0x${SigPnd}`) | BigInt(`0x${ShdPnd}`);
}

describe('stopping and continuing', () => {
  // The parent of the group's leader is in another group of the same session, as with job control. Only then does the kernel let SIGTSTP
  // stop a process.
  test('works for a process group with Node in it, as from a terminal', async () => {
    const program = [process.execPath, fixturePath('job')];
    const job = spawn(testProgram('new-group'), program, {stdio: ['pipe', 'pipe', 'inherit']});
    const command = Number(await linesOf(job.stdout)());
    for (const signal of ['SIGTSTP', 'SIGTTIN', 'SIGTTOU'] as const) {
      process.kill(-job.pid!, signal);
      for (const pid of [job.pid!, command]) await eventually(() => assert.match(statusOf(pid).State!, /^T/));
      process.kill(-job.pid!, 'SIGCONT');
      for (const pid of [job.pid!, command]) await eventually(() => assert.match(statusOf(pid).State!, /^[SR]/));
    }
    job.stdin.end();
    assert.deepEqual(await once(job, 'exit'), [0, null]);
  });

  test('works by kill() with SIGSTOP and SIGCONT', async () => {
    await using child = spawnInNamespace('cat');
    await once(child, 'spawn');
    child.kill('SIGSTOP');
    await eventually(() => assert.match(statusOf(child.hostPid!).State!, /^T/));
    // nsinit forwards SIGCONT from outside like any other signal.
    process.kill(child.pid!, 'SIGCONT');
    await eventually(() => assert.match(statusOf(child.hostPid!).State!, /^S/));
    child.stdin.end();
    assert.equal((await finished(child)).code, 0);
  });
});
