// When Node ends, in whatever way, nothing that it has started is left.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {describe, test} from 'node:test';
import {setTimeout as delay} from 'node:timers/promises';
import {Worker} from 'node:worker_threads';
import {type SpawnOptions, spawnInNamespace} from 'namespawn';
import {eventually} from '../helpers/eventually.js';
import {finished} from '../helpers/finished.js';
import {fixturePath, startFixture} from '../helpers/fixtures.js';
import {leavesNothing} from '../helpers/leaks.js';
import {findProcesses, isRunning, isThere, uniqueDuration} from '../helpers/processes.js';
import {patient, scaled} from '../helpers/time.js';

interface Pids {
  pid: number;
  hostPid: number;
}

async function assertNothingLeft(marker: string, session?: number): Promise<void> {
  await eventually(() => assert.deepEqual(findProcesses({marker, ...(session ? {session} : {})}), []));
}

const places: [name: string, options: SpawnOptions][] = [
  ['with nsinit', {}],
  ['with init: false', {init: false}],
  ['without a PID namespace', {namespaces: ['uts']}],
];

const ends: [name: string, how: string, code: number | null, signal?: NodeJS.Signals][] = [
  ['is killed by SIGKILL', 'wait', null, 'SIGKILL'],
  ['is killed by SIGTERM', 'wait', null, 'SIGTERM'],
  ['is killed by SIGSEGV', 'wait', null, 'SIGSEGV'],
  ['calls process.exit', 'exit', 0],
  ['ends by an uncaught exception', 'throw', 1],
  ['has nothing more to do', 'unref', 0],
];

for (const [place, options] of places) {
  describe(`nothing is left ${place} when Node`, () => {
    for (const [name, how, code, signal] of ends) {
      test(name, async () => {
        const marker = uniqueDuration();
        const fixture = startFixture('spawner', [how, marker, JSON.stringify({...options, rlimits: {core: 0}})]);
        const exit = once(fixture.process, 'exit');
        const {pid, hostPid} = await fixture.next<Pids>();
        if (signal !== undefined) {
          assert.ok(isThere(pid) && isThere(hostPid));
          fixture.process.kill(signal);
        }
        assert.deepEqual(await exit, [code, signal ?? null]);
        await assertNothingLeft(marker, fixture.process.pid);
        await eventually(() => assert.equal(isRunning(pid) || isRunning(hostPid), false));
      });
    }
  });
}

test('nothing is left when Node is killed in the middle of a set-up', async () => {
  for (let round = 0; round < Math.max(4, scaled(12)); round++) {
    const marker = uniqueDuration();
    const fixture = startFixture('endless', [marker]);
    const exit = once(fixture.process, 'exit');
    assert.equal(await fixture.next<string>(), 'ready');
    // Node is killed after a different time in each round.
    await delay(Math.random() * patient(25));
    fixture.process.kill('SIGKILL');
    await exit;
    await assertNothingLeft(marker, fixture.process.pid);
  }
});

describe('a Worker', () => {
  test('that is terminated leaves nothing', () =>
    leavesNothing(async () => {
      const marker = uniqueDuration();
      const worker = new Worker(fixturePath('worker-spawner'), {workerData: marker});
      const [{pid}] = (await once(worker, 'message')) as [Pids];
      await eventually(() =>
        assert.equal(findProcesses({marker}).filter(({command}) => / sleep /.test(command)).length, 2),
      );
      await worker.terminate();
      await eventually(() => assert.deepEqual(findProcesses({marker}), []));
      // The child is reaped, although its Worker has ended.
      await eventually(() => assert.equal(isThere(pid), false));
    }));

  test('that is terminated does not affect the commands of other threads', async () => {
    const child = spawnInNamespace('cat');
    const worker = new Worker(fixturePath('worker-spawner'), {workerData: uniqueDuration()});
    await once(worker, 'message');
    await worker.terminate();
    child.stdin.end('still here');
    const {code, stdout} = await finished(child);
    assert.deepEqual([code, stdout], [0, 'still here']);
  });

  test('that ends early leaves its command alone until the end of the thread', async () => {
    const marker = uniqueDuration();
    const worker = new Worker(fixturePath('worker-spawner'), {workerData: marker});
    const [{hostPid}] = (await once(worker, 'message')) as [Pids];
    // The thread that has launched nsinit still exists. The kernel would send PDEATHSIG when it ends.
    await delay(20);
    assert.ok(isThere(hostPid));
    await worker.terminate();
    await assertNothingLeft(marker);
  });
});

describe('dieWithParent: false', () => {
  // Node ends when the set-up has hardly begun.
  for (const how of ['exit', 'end']) {
    test(`a detached command continues if the program ends at once by its ${how}`, async () => {
      for (let round = 0; round < scaled(10); round++) {
        const marker = uniqueDuration();
        const fixture = startFixture('leaving', [marker, how]);
        await once(fixture.process, 'close');
        // Until its exec the child looks like the program, which has the same argument.
        const find = () => findProcesses({marker}).filter(({command}) => command.includes('sleep'));
        await eventually(() => assert.equal(find().length, 1));
        process.kill(find()[0]!.pid, 'SIGKILL');
        await eventually(() => assert.deepEqual(findProcesses({marker}), []));
      }
    });
  }

  for (const options of [{dieWithParent: false}, {detached: true}, {dieWithParent: false, init: false}]) {
    test(`${JSON.stringify(options)}: the command continues`, async () => {
      const marker = uniqueDuration();
      const fixture = startFixture('spawner', ['wait', marker, JSON.stringify(options)]);
      const exit = once(fixture.process, 'exit');
      const {pid, hostPid} = await fixture.next<Pids>();
      fixture.process.kill('SIGKILL');
      await exit;
      // nsinit notices the end of Node by the channel. It must still exist a moment later.
      await delay(50);
      assert.ok(isThere(pid) && isThere(hostPid));
      process.kill(pid, 'SIGKILL');
      await eventually(() => assert.deepEqual(findProcesses({marker}), []));
    });
  }
});
