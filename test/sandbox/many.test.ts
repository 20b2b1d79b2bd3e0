// Many commands in one sandbox: one after another, and at once.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {describe, test} from 'node:test';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {createSandbox, type NamespacedProcess, type Sandbox} from 'namespawn';
import {eventually} from '../helpers/eventually.js';
import {finished} from '../helpers/finished.js';
import {leavesNothing} from '../helpers/leaks.js';
import {linesOf} from '../helpers/lines.js';
import {childrenOf, descendantsOf} from '../helpers/processes.js';
import {scaled} from '../helpers/time.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Returns the size of the heap after a garbage collection, in bytes. */
async function used(): Promise<number> {
  // Objects that the last events refer to can be collected only a turn later.
  await new Promise(setImmediate);
  collectGarbage();
  const {heapUsed, external} = process.memoryUsage();
  return heapUsed + external;
}

test('10,000 commands one after another report their own status, and leave no resources', async () => {
  await leavesNothing(async () => {
    await using sandbox = await createSandbox();
    const count = scaled(10_000);
    let early = 0;
    for (let index = 0; index < count; index++) {
      const child = sandbox.spawn('sh', ['-c', `exit ${index % 256}`], {stdio: 'ignore'});
      const [code] = await once(child, 'exit');
      assert.equal(code, index % 256);
      if (index === count / 10) early = await used();
    }
    assert.deepEqual(childrenOf(sandbox.pid), []);
    // 9,000 NamespacedProcesses that were not collected would take more than 20 MB. V8's compiled code and caches take about 1 MB.
    const late = await used();
    assert.ok(late < early + (4 << 20), `${late} bytes live, ${early} after a tenth of the commands`);
  });
});

describe('at once', () => {
  test('200 commands run together, and leave nothing', async () => {
    await leavesNothing(async () => {
      await using sandbox = await createSandbox();
      const children = Array.from({length: 200}, () => sandbox.spawn('cat', {stdio: ['pipe', 'pipe', 'ignore']}));
      await Promise.all(children.map(child => once(child, 'spawn')));
      assert.deepEqual(childrenOf(sandbox.pid).sort(), children.map(child => child.hostPid).sort());
      const ends = children.map(finished);
      children.forEach((child, index) => {
        child.stdin!.end(`line ${index}`);
      });
      (await Promise.all(ends)).forEach(({code, stdout}, index) => {
        assert.deepEqual([code, stdout], [0, `line ${index}`]);
      });
      assert.deepEqual(childrenOf(sandbox.pid), []);
    });
  });

  test('killing one command does not affect the others', async () => {
    await using sandbox = await createSandbox();
    const [first, second, third] = await Promise.all([cat(sandbox), cat(sandbox), cat(sandbox)]);
    first.kill('SIGKILL');
    assert.equal((await finished(first)).signal, 'SIGKILL');
    second.killAll();
    assert.equal((await finished(second)).signal, 'SIGKILL');
    third.stdin!.write('still here\n');
    assert.equal(await linesOf(third.stdout)(), 'still here');
    third.stdin!.end();
    assert.equal((await finished(third)).code, 0);
  });

  test('killAll() ends the process group, and no process outside of it', async () => {
    await using sandbox = await createSandbox();
    const child = sandbox.spawn('sh', ['-c', 'sleep 1000 & setsid sh -c "echo out; exec sleep 1000" & wait']);
    await once(child.stdout!, 'data');
    await eventually(() => assert.equal(descendantsOf(sandbox.pid).length, 3));
    child.killAll();
    await finished(child);
    await eventually(() => assert.equal(descendantsOf(sandbox.pid).length, 1));
  });
});

async function cat(sandbox: Sandbox): Promise<NamespacedProcess> {
  const child = sandbox.spawn('cat', {stdio: ['pipe', 'pipe', 'ignore']});
  await once(child, 'spawn');
  return child;
}
