// How a command and its init end: gracefully, by force, from outside, by reboot(2), and in which words Node hears of it.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {describe, test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {type NamespacedProcess, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {finished} from '../helpers/finished.js';
import {linesOf} from '../helpers/lines.js';
import {findProcesses, uniqueDuration} from '../helpers/processes.js';

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
