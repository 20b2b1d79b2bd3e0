// nsinit reaps every process that becomes its child and ends, however many end at once, and needs no memory for it.
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

/** Returns the resident memory in KB, exact to the page. VmRSS in /proc/PID/status is a sum of counters that are updated late. */
function residentKb(pid: number): number {
  return Number(/^Rss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]);
}

const kinds: [name: string, options: SpawnOptions][] = [
  ['as PID 1', {}],
  ['as a supervisor', {namespaces: ['uts']}],
];

describe('orphans', () => {
  for (const [name, options] of kinds) {
    test(`50,000 in bursts leave no zombie, and need no memory of nsinit ${name}`, async () => {
      const total = scaled(50_000);
      await using child = spawnInNamespace(testProgram('orphans'), [`${total}`, '100'], {...options, stdio: 'pipe'});
      const next = linesOf(child.stdout);
      assert.equal(await next(), '100');
      const before = residentKb(child.pid!);
      child.stdin!.write('go on\n');
      assert.equal(await next(), `${total}`);
      assert.deepEqual(childrenOf(child.pid), [child.hostPid]);
      // One page is allowed, because it may have been swapped. A list of the orphans would be larger.
      assert.ok(residentKb(child.pid!) <= before + 4, `${residentKb(child.pid!)} KB, before ${before} KB`);
      child.stdin!.end();
      assert.equal((await finished(child)).code, 0);
    });
  }
});

describe('processes that end in the same instant', () => {
  test('are all reaped if they are 10,000 pairs of orphans', async () => {
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

  // The kernel sends one SIGCHLD for both. An init that reaps one process for each signal would lose the status of the other, and wait
  // forever.
  test('are reported with their own status if they are 10,000 commands, each with an orphan', async () => {
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
    // The last orphans may end a moment after their commands.
    await eventually(() => assert.deepEqual(childrenOf(sandbox.pid), []));
  });

  test('are reported with their own status if they are a command and an orphan in new namespaces', async () => {
    for (let round = 0; round < scaled(200); round++) {
      const child = spawnInNamespace(testProgram('twins'), ['7'], {stdio: 'ignore'});
      assert.equal((await finished(child)).code, 7);
    }
  });
});
