// What namespawn does if an older kernel or a container lacks a feature. In the VM these tests run on Linux 6.1, which really lacks some.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {test} from 'node:test';
import {runInNamespace} from 'namespawn';
import {kernelLacks} from './helpers/kernel.js';
import {testProgram} from './helpers/programs.js';
import {needsRoot} from './helpers/requirements.js';

test('a time namespace has its offsets, although Linux 6.1 refuses it to a process that shares memory', async () => {
  for (const namespaces of [['time'], ['time', 'pid', 'mnt']] as const) {
    const {stdout} = await runInNamespace('cat', ['/proc/self/timens_offsets'], {
      namespaces,
      timeOffsets: {monotonic: 1000},
    });
    assert.match(stdout, /^monotonic +1000 +0$/m);
  }
});

test('a command that cannot be executed in a time namespace is reported as without one', async () => {
  await assert.rejects(runInNamespace('/nonexistent', [], {namespaces: ['time', 'pid', 'mnt']}), {
    code: 'ENOENT',
    syscall: 'spawn /nonexistent',
  });
});

test("a command that changes the mode of its namespace's init does not affect later namespaces", {
  skip: needsRoot(),
}, async () => {
  const attempt = await runInNamespace('chmod', ['000', '/proc/1/exe'], {reject: false});
  // F_SEAL_EXEC prevents the change.
  assert.equal(attempt.exitCode === 0, kernelLacks('F_SEAL_EXEC') !== false);
  for (const namespaces of [['pid', 'mnt'], ['user']] as const) {
    const {stdout} = await runInNamespace('echo', ['still here'], {namespaces});
    assert.equal(stdout, 'still here\n');
  }
});

test('clone is used if clone3 is refused', () => {
  const script = `import {runInNamespace} from 'namespawn';
    const {stdout} = await runInNamespace('cat', ['/proc/self/status']);
    process.stdout.write(stdout);`;
  const node = [process.execPath, '--input-type=module', '-e', script];
  const {stdout, stderr} = spawnSync(testProgram('refuse'), ['clone3=ENOSYS', '--', ...node], {encoding: 'utf8'});
  assert.match(stdout, /^NSpid:\t2$/m, stderr);
  // Unlike clone3, clone cannot reset the dispositions of Node's signals, so nsinit resets them.
  for (const set of ['SigBlk', 'SigIgn', 'SigCgt']) assert.match(stdout, new RegExp(`^${set}:\t0+$`, 'm'));
});
