// The status of a command arrives as the kernel reports it.
import assert from 'node:assert/strict';
import {constants} from 'node:os';
import {describe, test} from 'node:test';
import {type SpawnOptions, spawnInNamespace} from 'namespawn';
import {type Finished, finished} from '../helpers/finished.js';
import {testProgram} from '../helpers/programs.js';
import {slowness} from '../helpers/time.js';

function run(command: string, args: string[], options: SpawnOptions = {}): Promise<Finished> {
  return finished(spawnInNamespace(command, args, {rlimits: {core: 0}, ...options, stdio: ['ignore', 'pipe', 'pipe']}));
}

function runScript(script: string, options?: SpawnOptions): Promise<Finished> {
  return run('sh', ['-c', script], options);
}

/** Runs all functions, several at a time. */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({length: 8}, worker));
}

const places: [name: string, options: SpawnOptions][] = [
  ['with nsinit', {}],
  ['with init: false', {init: false}],
  ['without a PID namespace', {namespaces: ['uts']}],
];
// On a slow machine only every fifth code, including the last.
const step = Math.min(5, slowness);
const codes = Array.from({length: 1 + 255 / step}, (_, index) => index * step);

for (const [place, options] of places) {
  test(`exit codes 0 to 255 arrive unchanged ${place}`, () =>
    eachOf(codes, async code => {
      const {code: arrived, signal, events} = await runScript(`exit ${code}`, options);
      assert.deepEqual([arrived, signal], [code, null]);
      assert.deepEqual(events, ['spawn', 'exit', 'close']);
    }));
}

// Signals that do not end a process, or that cannot be the status of one: signal(7).
const harmless = ['SIGCHLD', 'SIGCONT', 'SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGWINCH'];
const deadly = Array.from({length: 31}, (_, index) => index + 1).filter(
  number => !harmless.some(name => constants.signals[name as NodeJS.Signals] === number),
);

function nameOf(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}

for (const [place, options] of [places[0]!, places[2]!]) {
  test(`each signal from 1 to 31 that can kill arrives ${place}`, async () => {
    assert.equal(deadly.length, 23);
    await eachOf(deadly, async number => {
      const {code, signal} = await run(testProgram('raise'), [`${number}`], options);
      assert.deepEqual([code, signal], [null, nameOf(number)]);
    });
  });
}

describe('with init: false, where the kernel protects PID 1,', () => {
  test('signals that the command sends itself do not end it', () =>
    eachOf(deadly, async number => {
      const {code, signal, stdout} = await run(testProgram('raise'), [`${number}`], {init: false});
      assert.deepEqual([code, signal, stdout], [0, null, 'alive']);
    }));

  test('a fault ends it', async () => {
    for (const signal of ['SIGSEGV', 'SIGBUS'] as const) {
      const {code, signal: arrived} = await run(testProgram('fault'), [signal], {init: false});
      assert.deepEqual([code, arrived], [null, signal]);
    }
  });

  test('SIGKILL from outside ends it, and SIGTERM only if it is handled', async () => {
    const killed = spawnInNamespace('sleep', ['1000'], {init: false});
    killed.kill('SIGTERM');
    killed.once('spawn', () => killed.kill('SIGKILL'));
    assert.equal((await finished(killed)).signal, 'SIGKILL');
    const handling = spawnInNamespace('sh', ['-c', 'trap "exit 7" TERM; echo ready; while :; do sleep 0.01; done'], {
      init: false,
    });
    handling.stdout.once('data', () => handling.kill('SIGTERM'));
    assert.equal((await finished(handling)).code, 7);
  });
});

test('with nsinit, a fault is reported as its signal', async () => {
  for (const signal of ['SIGSEGV', 'SIGBUS'] as const) {
    assert.equal((await run(testProgram('fault'), [signal])).signal, signal);
  }
});

test('the exit of a daemonised grandchild is not the exit of the command', async () => {
  const {code, stdout} = await runScript(
    'd=$(setsid sh -c "exit 3" >&2 & echo $!); while kill -0 $d 2>/dev/null; do sleep 0.01; done; echo hi; exit 4',
  );
  assert.deepEqual([code, stdout], [4, 'hi\n']);
});

test('waitForAll keeps the namespace for grandchildren, and reports the command', async () => {
  const {code, stdout} = await runScript('(sleep 0.1; echo late) & exit 5', {init: {waitForAll: true}});
  assert.deepEqual([code, stdout], [5, 'late\n']);
});

test('usage contains the counts of the kernel', async () => {
  const child = spawnInNamespace('sh', ['-c', 'dd if=/dev/zero of=/dev/null bs=32M count=2 2>/dev/null; exit 0']);
  await finished(child);
  // dd keeps one block in memory.
  assert.ok(child.usage!.maxRSS > 32 * 1024, `${child.usage!.maxRSS}`);
  assert.ok(child.usage!.maxRSS < 1024 * 1024, `${child.usage!.maxRSS}`);
  // Thousands, or a few if the kernel uses huge pages.
  assert.ok(child.usage!.minorPageFault > 50, `${child.usage!.minorPageFault}`);
  assert.ok(child.usage!.command.systemCPUTime + child.usage!.command.userCPUTime > 0);
});
