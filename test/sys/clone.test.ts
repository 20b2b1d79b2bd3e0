// namespawn/sys: clone, and waiting for what it made.
import assert from 'node:assert/strict';
import {closeSync, constants as fsConstants, openSync, readFileSync} from 'node:fs';
import {stat} from 'node:fs/promises';
import path from 'node:path';
import {describe, test} from 'node:test';
import type {NamespaceError} from 'namespawn';
import {type CloneOptions, clone, constants, pidfdOpen, pidfdSendSignal, waitid, waitpid} from 'namespawn/sys';
import {startFixture} from '../helpers/fixtures.js';
import {leavesNothing} from '../helpers/leaks.js';
import {isThere, statusOf} from '../helpers/processes.js';
import {isRoot, needsRoot} from '../helpers/requirements.js';
import {temporaryDirectory} from '../helpers/temporary.js';

const directory = temporaryDirectory();
const CLD_EXITED = 1;
const CLD_KILLED = 2;
const SIGKILL = 9;
// For an ordinary user only in a user namespace.
const {CLONE_NEWPID, CLONE_NEWUSER, CLONE_NEWUTS} = constants;
const newPid = isRoot ? CLONE_NEWPID : CLONE_NEWPID | CLONE_NEWUSER;

/** What a shell wrote that was cloned with these options. */
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

function errnoOf(call: () => unknown): Partial<NamespaceError> {
  try {
    call();
  } catch (error) {
    return error as NamespaceError;
  }
  return assert.fail('did not throw');
}

describe('clone', () => {
  test('makes PID 1 of a new PID namespace', () =>
    leavesNothing(async () => assert.equal(await output('echo $$', {flags: newPid}), '1\n')));

  test('takes other namespaces, arguments, environment and descriptors', async () => {
    const link = 'readlink /proc/self/ns/uts';
    assert.notEqual(await output(link, {flags: CLONE_NEWUTS | CLONE_NEWUSER}), await output(link));
    assert.equal(
      await output('echo "$A $0 $1"', {env: {A: 'ä'}, args: ['x', '-c', 'echo "$A $0 $1"', 'zero', 'one']}),
      'ä zero one\n',
    );
    // The last is the directory's own.
    assert.equal(
      await output('echo /proc/self/fd/*'),
      '/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3\n',
    );
  });

  test('exchanges descriptors', async () => {
    const [one, other] = ['one', 'other'].map(name => openSync(path.join(directory, name), 'w+')) as [number, number];
    const {pidfd} = clone({path: '/bin/sh', args: ['sh', '-c', 'echo a >&0; echo b >&1'], descriptors: [other, one]});
    await waitid({pidfd});
    for (const fd of [one, other, pidfd]) closeSync(fd);
    assert.deepEqual(
      ['one', 'other'].map(name => readFileSync(path.join(directory, name), 'utf8')),
      ['b\n', 'a\n'],
    );
  });

  test('resets signals', async () => {
    const {pidfd, pid} = clone({path: '/bin/sleep', args: ['sleep', '1000']});
    const status = statusOf(pid);
    pidfdSendSignal(pidfd, 'SIGKILL');
    await waitid({pidfd});
    closeSync(pidfd);
    for (const set of ['SigBlk', 'SigIgn', 'SigCgt']) assert.equal(status[set], '0'.repeat(16), set);
  });

  test('gives the PIDs that setTid asks for', {skip: needsRoot()}, async () => {
    assert.equal(await output('echo $$', {flags: CLONE_NEWPID, setTid: [1]}), '1\n');
    assert.equal(errnoOf(() => clone({path: '/bin/true', flags: CLONE_NEWPID, setTid: [5]})).code, 'EINVAL');
    assert.equal(errnoOf(() => clone({path: '/bin/true', setTid: [process.pid]})).code, 'EEXIST');
  });

  test('failures name the call and leave nothing', () =>
    leavesNothing(async () => {
      const missing = errnoOf(() => clone({path: '/no/such'}));
      assert.deepEqual([missing.code, missing.syscall, missing.path], ['ENOENT', 'execve', '/no/such']);
      assert.equal(errnoOf(() => clone({path: '/etc'})).code, 'EACCES');
      const closed = errnoOf(() => clone({path: '/bin/true', descriptors: [0, 999]}));
      assert.deepEqual([closed.code, closed.syscall], ['EBADF', 'fcntl']);
      const refused = errnoOf(() => clone({path: '/bin/true', flags: constants.CLONE_NEWNS | constants.CLONE_FS}));
      assert.deepEqual([refused.code, refused.syscall], ['EINVAL', 'clone3']);
      if (!isRoot) assert.equal(errnoOf(() => clone({path: '/bin/true', flags: CLONE_NEWPID})).code, 'EPERM');
      assert.equal(errnoOf(() => clone({path: 'a\0b'})).code, 'ERR_INVALID_ARG_VALUE');
    }));
});

describe('waitid and waitpid', () => {
  test('tell the exit code and the signal', async () => {
    const exited = clone({path: '/bin/sh', args: ['sh', '-c', 'exit 42']});
    const result = await waitpid(exited.pid);
    closeSync(exited.pidfd);
    assert.deepEqual([result.pid, result.code, result.status], [exited.pid, CLD_EXITED, 42]);
    assert.equal(result.uid, process.getuid!());
    assert.ok(result.usage.maxRSS > 0);
    const killed = clone({path: '/bin/sleep', args: ['sleep', '1000']});
    pidfdSendSignal(killed.pidfd, 'SIGKILL');
    const {code, status} = await waitid({pid: killed.pid});
    closeSync(killed.pidfd);
    assert.deepEqual([code, status], [CLD_KILLED, SIGKILL]);
  });

  test('WNOHANG answers at once', async () => {
    const {pid, pidfd} = clone({path: '/bin/sleep', args: ['sleep', '1000']});
    assert.equal(waitpid(pid, constants.WNOHANG), undefined);
    assert.equal(waitid({pidfd}, constants.WEXITED | constants.WNOHANG), undefined);
    pidfdSendSignal(pidfd, 'SIGKILL');
    // WNOWAIT leaves it for another time.
    const peek = await waitid({pidfd}, constants.WEXITED | constants.WNOWAIT);
    assert.equal(peek!.status, SIGKILL);
    assert.ok(isThere(pid));
    assert.equal((waitpid(pid, constants.WNOHANG) as {status: number}).status, SIGKILL);
    assert.equal(isThere(pid), false);
    closeSync(pidfd);
  });

  test('tell of a stop and of going on', async () => {
    const {pid, pidfd} = clone({path: '/bin/sleep', args: ['sleep', '1000']});
    const {WSTOPPED, WCONTINUED, WNOHANG, WEXITED} = constants;
    const next = async (options: number): Promise<number> => {
      for (;;) {
        const result = (await waitid({pid}, options | WNOHANG)) as {code: number} | undefined;
        if (result !== undefined) return result.code;
        await new Promise(setImmediate);
      }
    };
    pidfdSendSignal(pidfd, 'SIGSTOP');
    assert.equal(await next(WSTOPPED), 5); // CLD_STOPPED
    pidfdSendSignal(pidfd, 'SIGCONT');
    assert.equal(await next(WCONTINUED), 6); // CLD_CONTINUED
    pidfdSendSignal(pidfd, 'SIGKILL');
    assert.equal(await next(WEXITED), CLD_KILLED);
    closeSync(pidfd);
  });

  test('of no child is ECHILD, of nothing ESRCH or EBADF', async () => {
    await assert.rejects(async () => waitpid(1), {code: 'ECHILD'});
    assert.equal(errnoOf(() => waitpid(1, constants.WNOHANG)).code, 'ECHILD');
    await assert.rejects(async () => waitid({pidfd: 999}), {code: 'EBADF'});
    for (const pid of [0, -1, -process.pid]) assert.equal(errnoOf(() => waitpid(pid, 0)).code, 'ERR_OUT_OF_RANGE');
    const {pid, pidfd} = clone({path: '/bin/true'});
    await waitid({pidfd});
    await assert.rejects(async () => waitid({pidfd}), {code: 'ECHILD'});
    closeSync(pidfd);
    assert.equal(errnoOf(() => pidfdOpen(pid)).code, 'ESRCH');
  });

  test('keep neither the loop nor a thread of the pool', async () => {
    // More waits than the pool has threads.
    const sleepers = Array.from({length: 8}, () => clone({path: '/bin/sleep', args: ['sleep', '1000']}));
    const waits = sleepers.map(({pidfd}) => waitid({pidfd}));
    await Promise.all(Array.from({length: 20}, () => stat('/')));
    for (const {pidfd} of sleepers) pidfdSendSignal(pidfd, 'SIGKILL');
    for (const {status} of await Promise.all(waits)) assert.equal(status, SIGKILL);
    for (const {pidfd} of sleepers) closeSync(pidfd);
  });

  test('many at once leave nothing', () =>
    leavesNothing(async () => {
      const ends = Array.from({length: 100}, async (_, index) => {
        const {pidfd} = clone({path: '/bin/sh', args: ['sh', '-c', `exit ${index}`]});
        const {status} = await waitid({pidfd});
        closeSync(pidfd);
        assert.equal(status, index);
      });
      await Promise.all(ends);
    }));
});

describe('pidfds', () => {
  test('signal what they mean, and nothing once it is gone', async () => {
    const {pid, pidfd} = clone({path: '/bin/sleep', args: ['sleep', '1000']});
    const other = pidfdOpen(pid);
    pidfdSendSignal(other, 0);
    pidfdSendSignal(other, 'SIGTERM');
    assert.equal((await waitid({pidfd})).status, 15);
    assert.equal(errnoOf(() => pidfdSendSignal(other, 0)).code, 'ESRCH');
    for (const fd of [pidfd, other]) closeSync(fd);
    assert.equal(errnoOf(() => pidfdSendSignal(other, 0)).code, 'EBADF');
    assert.equal(errnoOf(() => pidfdOpen(pid)).code, 'ESRCH');
  });
});

describe('unshare and setns', {skip: needsRoot()}, () => {
  test('after unshare(CLONE_NEWPID) on the main thread files can be read, and children waited for', async () => {
    const told = await startFixture('unshared', ['pid']).next<Record<string, unknown>>();
    assert.deepEqual(told, {read: true, resolved: true, child: 1, worker: 'EINVAL', healed: true, afterwards: 0});
  });

  test('unshare moves the calling thread alone', async () => {
    const told = await startFixture('unshared', ['uts']).next<Record<string, unknown>>();
    assert.deepEqual(told, {isNew: true, pool: 'old', back: true});
  });

  test('what the kernel refuses is told', async () => {
    const told = await startFixture('unshared', ['errors']).next<Record<string, unknown>>();
    assert.deepEqual(told, {user: 'EINVAL', type: 'EINVAL', closed: 'EBADF', own: 'EINVAL'});
  });
});

test('constants have the numbers of the kernel', () => {
  assert.equal(constants.CLONE_NEWPID, 0x20000000);
  assert.equal(constants.CLONE_NEWTIME, 0x80);
  assert.equal(constants.CLONE_INTO_CGROUP, 0x200000000);
  assert.equal(constants.WNOHANG, 1);
  assert.equal(constants.PIDFD_NONBLOCK, fsConstants.O_NONBLOCK);
  assert.equal(constants.PIDFD_THREAD, fsConstants.O_EXCL);
  assert.equal(constants.PIDFD_SIGNAL_PROCESS_GROUP, 4);
  assert.ok('CLONE_NEWNS' in constants && Object.keys(constants).includes('WEXITED'));
});
