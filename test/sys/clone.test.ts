// namespawn/sys: clone.
import assert from 'node:assert/strict';
import {closeSync, openSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {describe, test} from 'node:test';
import {type CloneOptions, clone, constants, pidfdSendSignal, waitid} from 'namespawn/sys';
import {errorOf} from '../helpers/errors.js';
import {leavesNothing} from '../helpers/leaks.js';
import {isThere, statusOf} from '../helpers/processes.js';
import {isRoot, needsRoot} from '../helpers/requirements.js';
import {temporaryDirectory} from '../helpers/temporary.js';

const directory = temporaryDirectory();
const CLD_EXITED = 1;
// An ordinary user needs a user namespace.
const {CLONE_NEWPID, CLONE_NEWUSER, CLONE_NEWUTS} = constants;
const newPid = isRoot ? CLONE_NEWPID : CLONE_NEWPID | CLONE_NEWUSER;

/** Clones a shell with these options, and returns its output. */
async function output(script: string, options: Partial<CloneOptions> = {}): Promise<string> {
  const file = path.join(directory, 'output');
  const fd = openSync(file, 'w');
  const {pid, pidfd} = clone({
    path: '/bin/sh',
    args: ['sh', '-c', script],
    descriptors: [0, fd, 2],
    ...options,
  });
  closeSync(fd);
  const {code, status} = await waitid({pidfd});
  closeSync(pidfd);
  assert.deepEqual([code, status], [CLD_EXITED, 0]);
  assert.equal(isThere(pid), false);
  return readFileSync(file, 'utf8');
}

describe('clone', () => {
  test('creates PID 1 of a new PID namespace', () =>
    leavesNothing(async () => assert.equal(await output('echo $$', {flags: newPid}), '1\n')));

  test('passes namespaces, arguments, environment and descriptors on', async () => {
    const link = 'readlink /proc/self/ns/uts';
    assert.notEqual(await output(link, {flags: CLONE_NEWUTS | CLONE_NEWUSER}), await output(link));
    assert.equal(
      await output('echo "$A $0 $1"', {env: {A: 'ä'}, args: ['x', '-c', 'echo "$A $0 $1"', 'zero', 'one']}),
      'ä zero one\n',
    );
    // The last is the descriptor of the directory itself.
    assert.equal(
      await output('echo /proc/self/fd/*'),
      '/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3\n',
    );
  });

  test('can exchange descriptors', async () => {
    const [one, other] = ['one', 'other'].map(name => openSync(path.join(directory, name), 'w+')) as [number, number];
    const {pidfd} = clone({path: '/bin/sh', args: ['sh', '-c', 'echo a >&0; echo b >&1'], descriptors: [other, one]});
    await waitid({pidfd});
    for (const fd of [one, other, pidfd]) closeSync(fd);
    assert.deepEqual(
      ['one', 'other'].map(name => readFileSync(path.join(directory, name), 'utf8')),
      ['b\n', 'a\n'],
    );
  });

  test('resets the signal mask and dispositions', async () => {
    const {pidfd, pid} = clone({path: '/bin/sleep', args: ['sleep', '1000']});
    const status = statusOf(pid);
    pidfdSendSignal(pidfd, 'SIGKILL');
    await waitid({pidfd});
    closeSync(pidfd);
    for (const set of ['SigBlk', 'SigIgn', 'SigCgt']) assert.equal(status[set], '0'.repeat(16), set);
  });

  test('chooses the PIDs of setTid', {skip: needsRoot()}, async () => {
    assert.equal(await output('echo $$', {flags: CLONE_NEWPID, setTid: [1]}), '1\n');
    assert.equal(errorOf(() => clone({path: '/bin/true', flags: CLONE_NEWPID, setTid: [5]})).code, 'EINVAL');
    assert.equal(errorOf(() => clone({path: '/bin/true', setTid: [process.pid]})).code, 'EEXIST');
  });

  test('reports the system call that failed, and leaves nothing', () =>
    leavesNothing(async () => {
      const missing = errorOf(() => clone({path: '/no/such'}));
      assert.deepEqual([missing.code, missing.syscall, missing.path], ['ENOENT', 'execve', '/no/such']);
      assert.equal(errorOf(() => clone({path: '/etc'})).code, 'EACCES');
      const closed = errorOf(() => clone({path: '/bin/true', descriptors: [0, 999]}));
      assert.deepEqual([closed.code, closed.syscall], ['EBADF', 'fcntl']);
      const refused = errorOf(() => clone({path: '/bin/true', flags: constants.CLONE_NEWNS | constants.CLONE_FS}));
      assert.deepEqual([refused.code, refused.syscall], ['EINVAL', 'clone3']);
      if (!isRoot) assert.equal(errorOf(() => clone({path: '/bin/true', flags: CLONE_NEWPID})).code, 'EPERM');
      assert.equal(errorOf(() => clone({path: 'a\0b'})).code, 'ERR_INVALID_ARG_VALUE');
    }));
});
