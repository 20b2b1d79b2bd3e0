// The init's first duty: whatever dies as its child is reaped, however many at once, and costs it nothing.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {describe, test} from 'node:test';
import {createSandbox, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {eventually} from '../helpers/eventually.js';
import {finished} from '../helpers/finished.js';
import {linesOf} from '../helpers/lines.js';
import {childrenOf} from '../helpers/processes.js';
import {testProgram} from '../helpers/programs.js';
import {scaled} from '../helpers/time.js';

/** Resident KB to the page. VmRSS in /proc/PID/status is a sum of counters that lag behind. */
function residentKb(pid: number): number {
  return Number(/^Rss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]);
}

const kinds: [name: string, options: SpawnOptions][] = [
  ['as PID 1', {}],
  ['as a supervisor', {namespaces: ['uts']}],
];

describe('orphans', () => {
  for (const [name, options] of kinds) {
    test(`50,000 in bursts leave no zombie, and nsinit does not grow, ${name}`, async () => {
      const total = scaled(50_000);
      await using child = spawnInNamespace(testProgram('orphans'), [`${total}`, '100'], {...options, stdio: 'pipe'});
      const next = linesOf(child.stdout);
      assert.equal(await next(), '100');
      const before = residentKb(child.pid!);
      child.stdin!.write('go on\n');
      assert.equal(await next(), `${total}`);
      assert.deepEqual(childrenOf(child.pid), [child.hostPid]);
      // A page may be swapped out or in, but nothing that counts orphans fits into one.
      assert.ok(residentKb(child.pid!) <= before + 4, `${residentKb(child.pid!)} KB, before ${before} KB`);
      child.stdin!.end();
      assert.equal((await finished(child)).code, 0);
    });
  }
});

describe('deaths in the same instant', () => {
  test('10,000 pairs of orphans are all reaped', async () => {
    const total = scaled(20_000);
    await using child = spawnInNamespace(testProgram('orphans'), [`${total}`, '2'], {stdio: 'pipe'});
    child.stdin!.write('go on\n');
    const next = linesOf(child.stdout);
    assert.equal(await next(), '2');
    assert.equal(await next(), `${total}`);
    assert.deepEqual(childrenOf(child.pid), [child.hostPid]);
    child.stdin!.end();
    assert.equal((await finished(child)).code, 0);
  });

  // SIGCHLD is one signal for both: an init that reaps one process a signal loses the other's status and waits for ever.
  test('10,000 commands that die together with an orphan give their own status', async () => {
    await using sandbox = await createSandbox();
    const count = scaled(10_000);
    let next = 0;
    const line = async (): Promise<void> => {
      while (next < count) {
        const status = next++ % 256;
        const child = sandbox.spawn(testProgram('twins'), [`${status}`], {stdio: 'ignore'});
        const [code] = await once(child, 'exit');
        assert.equal(code, status);
      }
    };
    await Promise.all(Array.from({length: 4}, line));
    // The last orphans may be a moment behind their twins.
    await eventually(() => assert.deepEqual(childrenOf(sandbox.pid), []));
  });

  test('of the command and an orphan in a namespace of their own, too', async () => {
    for (let round = 0; round < scaled(200); round++) {
      const child = spawnInNamespace(testProgram('twins'), ['7'], {stdio: 'ignore'});
      assert.equal((await finished(child)).code, 7);
    }
  });
});
