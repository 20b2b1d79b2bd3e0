// Chosen PIDs: namespacePid, and ns_last_pid.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import path from 'node:path';
import {describe, test} from 'node:test';
import {createSandbox, spawnInNamespace} from 'namespawn';
import {finished} from '../helpers/finished.js';
import {statusOf} from '../helpers/processes.js';
import {isRoot, needsUser} from '../helpers/requirements.js';
import {temporaryDirectory} from '../helpers/temporary.js';

describe('namespacePid', () => {
  test('is the PID of the command inside', async () => {
    const child = spawnInNamespace('sh', ['-c', 'echo $$'], {namespacePid: 300});
    const {code, stdout} = await finished(child);
    assert.deepEqual([code, stdout, child.namespacePid], [0, '300\n', 300]);
  });

  test('can be chosen in a sandbox, in any order', async () => {
    await using sandbox = await createSandbox();
    for (const namespacePid of [500, 77, 500]) {
      const {stdout} = await sandbox.run('sh', ['-c', 'echo $$'], {namespacePid});
      assert.equal(stdout, `${namespacePid}\n`);
    }
  });

  test('fails with EEXIST and a hint if the PID is taken', async () => {
    await using sandbox = await createSandbox();
    const child = sandbox.spawn('cat', {namespacePid: 50, stdio: ['pipe', 'ignore', 'ignore']});
    await once(child, 'spawn');
    const {error} = await finished(sandbox.spawn('true', {namespacePid: 50, stdio: 'ignore'}));
    assert.deepEqual([error?.code, error?.step, error?.syscall], ['EEXIST', 'namespacePid', 'clone3']);
    assert.match(error?.hint ?? '', /PID/);
    assert.equal(statusOf(child.hostPid!).NSpid!.split('\t').at(-1), '50');
    child.stdin!.end();
    assert.equal((await finished(child)).code, 0);
    // The PID of nsinit is taken as well.
    const {error: first} = await finished(sandbox.spawn('true', {namespacePid: 1, stdio: 'ignore'}));
    assert.equal(first?.code, 'EEXIST');
  });

  test('fails with EPERM and a hint without privilege over the PID namespace', async () => {
    // Without a new PID namespace the PID is one of the caller's namespace, which another user namespace than the new one owns.
    const child = spawnInNamespace('true', [], {namespaces: ['user'], namespacePid: 20_000, stdio: 'ignore'});
    const {error} = await finished(child);
    assert.deepEqual([error?.code, error?.step], ['EPERM', 'namespacePid']);
    assert.match(error?.hint ?? '', /CAP_CHECKPOINT_RESTORE/);
  });

  test('fails with EINVAL and a hint if it cannot be a PID here', async () => {
    const {error} = await finished(spawnInNamespace('true', [], {init: false, namespacePid: 2, stdio: 'ignore'}));
    assert.deepEqual([error?.code, error?.step], ['EINVAL', 'namespacePid']);
    assert.match(error?.hint ?? '', /init: true/);
  });

  test('accepts only PIDs', () => {
    assert.throws(() => spawnInNamespace('true', [], {namespacePid: 0}), {code: 'ERR_OUT_OF_RANGE'});
    assert.throws(() => spawnInNamespace('true', [], {namespacePid: 1.5}), {code: 'ERR_OUT_OF_RANGE'});
  });
});

describe('lastPid()', () => {
  test('returns and sets the last PID, which the next one follows', async () => {
    await using sandbox = await createSandbox();
    const {stdout} = await sandbox.run('sh', ['-c', 'echo $$']);
    assert.equal(await sandbox.lastPid(), Number(stdout));
    assert.equal(await sandbox.lastPid(1000), 1000);
    assert.equal(await sandbox.lastPid(), 1000);
    assert.equal((await sandbox.run('sh', ['-c', 'echo $$'])).stdout, '1001\n');
  });

  test('can be called many times at once, and each call returns its own result', async () => {
    await using sandbox = await createSandbox();
    const results = await Promise.all(Array.from({length: 50}, (_, index) => sandbox.lastPid(2000 + index)));
    assert.deepEqual(
      results,
      Array.from({length: 50}, (_, index) => 2000 + index),
    );
  });

  test('accepts only PIDs', async () => {
    await using sandbox = await createSandbox();
    await assert.rejects(sandbox.lastPid(0), {code: 'ERR_OUT_OF_RANGE'});
    await assert.rejects(sandbox.lastPid(5_000_000), {code: 'ERR_OUT_OF_RANGE'});
  });

  test('a FIFO in place of the file is an error, and keeps nobody waiting', {timeout: 60_000}, async () => {
    await using sandbox = await createSandbox(isRoot ? {} : {uidMap: 'root'});
    const fifo = path.join(temporaryDirectory(), 'fifo');
    await sandbox.run('sh', ['-c', 'mkfifo "$1" && mount --bind "$1" /proc/sys/kernel/ns_last_pid', 'sh', fifo]);
    await assert.rejects(sandbox.lastPid(), {code: 'EIO', step: 'lastPid', hint: /mounted/});
    await assert.rejects(sandbox.lastPid(1000), {code: 'ENXIO', step: 'lastPid'});
    assert.equal((await sandbox.run('echo', ['on'])).stdout, 'on\n');
  });

  test('an nsinit that does not answer is an error', {timeout: 60_000}, async () => {
    await using sandbox = await createSandbox();
    process.kill(sandbox.pid, 'SIGSTOP');
    await assert.rejects(sandbox.lastPid(1000), {code: 'ETIMEDOUT', step: 'lastPid', hint: /SIGCONT/});
    process.kill(sandbox.pid, 'SIGCONT');
    // The late answer is to nobody.
    assert.equal(await sandbox.lastPid(2000), 2000);
  });

  test('fails with EPERM and a hint without privilege over the PID namespace', {skip: needsUser()}, async () => {
    // Root has the privilege, and would change the last PID of the whole machine.
    await using sandbox = await createSandbox({namespaces: ['uts']});
    assert.ok((await sandbox.lastPid()) > 0);
    const hint = /CAP_CHECKPOINT_RESTORE/;
    await assert.rejects(sandbox.lastPid(1000), {name: 'NamespaceError', code: 'EPERM', step: 'lastPid', hint});
  });
});
