// How a command ends: gracefully, or by force after a grace time.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {describe, test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {type NamespacedProcess, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {finished} from '../helpers/finished.js';
import {linesOf} from '../helpers/lines.js';
import {findProcesses, uniqueDuration} from '../helpers/processes.js';

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
  test('may receive other signals without the effect of forceKillAfterDelay', async () => {
    await using child = spawnInNamespace('cat', {forceKillAfterDelay: 0});
    await once(child, 'spawn');
    assert.equal(child.kill('SIGWINCH'), true);
    // A timer of forceKillAfterDelay would fire before this one.
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
