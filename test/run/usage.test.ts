// What `usage` counts: children that are alive at the end, and in a sandbox the descendants of one command alone.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {describe, test} from 'node:test';
import {createSandbox, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {closed} from '../helpers/finished.js';
import {leavesNothing} from '../helpers/leaks.js';

// A process that needs this much memory shows in maxRSS, wherever it is counted.
const large = 40 * 1024;
const dd = 'dd if=/dev/zero of=/dev/null bs=48M';
const places: readonly {name: string; options: SpawnOptions}[] = [
  {name: 'with nsinit as PID 1', options: {}},
  {name: 'without a PID namespace', options: {namespaces: ['uts']}},
];

describe('a process that is alive when the command ends is counted', () => {
  for (const {name, options} of places) {
    test(name, async () => {
      const usage = await leavesNothing(async () => {
        // The command ends when the process behind it has used what is to be counted.
        const burn = 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo done; exec sleep 1000';
        const child = spawnInNamespace('sh', ['-c', `(${burn}) & read line`], options);
        const close = closed(child);
        await once(child.stdout!, 'data');
        child.stdin!.write('end\n');
        assert.deepEqual(await close, [0, null]);
        return child.usage!;
      });
      // Two hundred thousand turns of a shell's loop take more than this, on any machine.
      assert.ok(usage.userCPUTime > 10_000, `${usage.userCPUTime}`);
      assert.ok(usage.command.userCPUTime < usage.userCPUTime / 2, `${usage.command.userCPUTime}`);
    });
  }
});

describe('in a sandbox', () => {
  test('the usage of a run is not that of earlier ones; that of the sandbox is of all', async () => {
    await using sandbox = await createSandbox();
    assert.equal(sandbox.usage, undefined);
    const first = await sandbox.run('sh', ['-c', `${dd} count=1 2>/dev/null; :`]);
    const second = await sandbox.run('true');
    assert.ok(first.usage!.maxRSS > large, `${first.usage!.maxRSS}`);
    assert.ok(second.usage!.maxRSS < large, `${second.usage!.maxRSS}`);
    assert.deepEqual({...second.usage, command: undefined}, {...second.usage!.command, command: undefined});
    assert.ok(sandbox.usage!.maxRSS > large);
    const faults = first.usage!.minorPageFault + second.usage!.minorPageFault;
    assert.equal(sandbox.usage!.minorPageFault, faults);
  });

  const orphan = (start: string): string =>
    `orphan=$(${start} ${dd} count=1 >/dev/null 2>&1 & echo $!); while kill -0 $orphan 2>/dev/null; do sleep 0.01; done`;

  test('an orphan in the session of the command is counted', async () => {
    await using sandbox = await createSandbox();
    const other = sandbox.spawn('cat', {stdio: ['pipe', 'ignore', 'ignore']});
    const {usage} = await sandbox.run('sh', ['-c', orphan('')]);
    assert.ok(usage!.maxRSS > large, `${usage!.maxRSS}`);
    assert.ok(usage!.command.maxRSS < large, `${usage!.command.maxRSS}`);
    const close = closed(other);
    other.stdin!.end();
    await close;
    assert.ok(other.usage!.maxRSS < large, `${other.usage!.maxRSS}`);
  });

  test('one that has left the session is counted for the sandbox', async () => {
    await using sandbox = await createSandbox();
    const {usage} = await sandbox.run('sh', ['-c', orphan('exec setsid')]);
    assert.ok(usage!.maxRSS < large, `${usage!.maxRSS}`);
    assert.ok(sandbox.usage!.maxRSS > large, `${sandbox.usage!.maxRSS}`);
  });
});
