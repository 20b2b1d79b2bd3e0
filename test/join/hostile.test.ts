// What a hostile target can take from those who join it, and the ends of a target at any moment.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {chmodSync, mkdirSync} from 'node:fs';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {test} from 'node:test';
import {type NamespacedProcess, namespacesOf, namespaceTypes, runInNamespace, spawnInNamespace} from 'namespawn';
import {eventually} from '../helpers/eventually.js';
import {leavesNothing} from '../helpers/leaks.js';
import {testProgram} from '../helpers/programs.js';
import {randomOf} from '../helpers/random.js';
import {temporaryDirectory} from '../helpers/temporary.js';
import {scaled} from '../helpers/time.js';

/** Runs tasks, some at a time. */
async function each(count: number, atOnce: number, task: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) await task(next++);
  };
  await Promise.all(Array.from({length: atOnce}, work));
}

const startTarget = async (): Promise<NamespacedProcess> => {
  const target = spawnInNamespace('sleep', ['1000'], {namespaces: namespaceTypes, uidMap: 'root', stdio: 'ignore'});
  await once(target, 'spawn');
  return target;
};

test('a hostile root of the target gets nothing of those who join it, 2,000 times', async () => {
  // Node holds the marker in its environment and its memory, and nsinit in the plan: the directory of a command that has no other trace of it.
  const marker = `marker-${process.pid}-${Math.random()}`;
  const cwd = path.join(temporaryDirectory(), marker);
  mkdirSync(cwd);
  chmodSync(path.dirname(cwd), 0o755);
  process.env.NAMESPAWN_TEST_MARKER = marker;
  await leavesNothing(async () => {
    const watcher = spawnInNamespace(testProgram('watcher'), [marker], {
      namespaces: namespaceTypes,
      uidMap: 'root',
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {PATH: process.env.PATH},
    });
    const lines = createInterface({input: watcher.stdout!})[Symbol.asyncIterator]();
    assert.equal((await lines.next()).value, 'ready');
    const handles = namespacesOf(watcher);
    await each(scaled(2000), 4, async () => {
      const child = spawnInNamespace('/bin/true', [], {namespaces: handles, stdio: 'ignore', env: {}, cwd});
      await once(child, 'close');
      assert.equal(child.exitCode, 0);
    });
    watcher.stdin!.end();
    const {value} = await lines.next();
    await once(watcher, 'close');
    for (const handle of Object.values(handles)) handle.close();
    const {arrivals, early, ...got} = JSON.parse(value) as Record<string, number>;
    assert.deepEqual(got, {programs: 0, sockets: 0, traced: 0, markers: 0, environments: 0});
    assert.ok(arrivals! > scaled(100), `the watcher has seen ${arrivals} arrivals`);
    assert.ok(early! > scaled(100), `and attacked ${early} times before the command was there`);
  });
  delete process.env.NAMESPAWN_TEST_MARKER;
});

test('1,000 commands in one namespace, and then its init ends: Node learns of each end', async () => {
  await leavesNothing(async () => {
    const target = await startTarget();
    const handles = namespacesOf(target);
    const children: NamespacedProcess[] = [];
    const ends: Promise<unknown[]>[] = [];
    await each(scaled(1000), 50, async () => {
      const child = spawnInNamespace('sleep', ['1000'], {namespaces: handles, stdio: 'ignore'});
      children.push(child);
      ends.push(once(child, 'close'));
      await once(child, 'spawn');
    });
    target.killAll();
    await once(target, 'close');
    assert.deepEqual(await Promise.all(ends), Array(scaled(1000)).fill([null, 'SIGKILL']));
    for (const handle of Object.values(handles)) handle.close();
  });
});

test('a target that ends at any moment gives one clear error, or a killed command, 1,000 times', async () => {
  const random = randomOf(1);
  const outcomes = new Map<string, number>();
  await leavesNothing(async () => {
    await each(scaled(1000), 4, async () => {
      const target = await startTarget();
      const over = once(target, 'close');
      let ended = false;
      const kill = (): void => {
        if (!ended) target.killAll();
        ended = true;
      };
      const moment = random.below(4);
      if (moment === 0) kill();
      else setTimeout(kill, random.below(8));
      const namespaces = Object.fromEntries(namespaceTypes.map(type => [type, target]));
      const outcome = await runInNamespace('sleep', ['1000'], {
        namespaces,
        stdio: 'ignore',
        join: {cwd: moment < 2},
      }).then(
        () => 'ended by itself',
        ({code, step, signal}) => (code === undefined ? `${signal}` : `${code} ${step}`),
      );
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      await over;
    });
  });
  const expected = /^(SIGKILL|ESRCH (namespaces\.\w+|join(\.cwd)?)|ENOMEM namespaces\.pid)$/;
  await eventually(() =>
    assert.deepEqual(
      [...outcomes.keys()].filter(outcome => !expected.test(outcome)),
      [],
      JSON.stringify([...outcomes]),
    ),
  );
});
