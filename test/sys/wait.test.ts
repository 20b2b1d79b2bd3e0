// namespawn/sys: waitid and waitpid.
import assert from 'node:assert/strict';
import {closeSync} from 'node:fs';
import {stat} from 'node:fs/promises';
import {describe, test} from 'node:test';
import {clone, constants, pidfdOpen, pidfdSendSignal, waitid, waitpid} from 'namespawn/sys';
import {errorOf} from '../helpers/errors.js';
import {leavesNothing} from '../helpers/leaks.js';
import {isThere} from '../helpers/processes.js';

const CLD_EXITED = 1;
const CLD_KILLED = 2;
const SIGKILL = 9;

describe('waitid and waitpid', () => {
  test('return the exit code and the signal', async () => {
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

  test('return at once with WNOHANG', async () => {
    const {pid, pidfd} = clone({path: '/bin/sleep', args: ['sleep', '1000']});
    assert.equal(waitpid(pid, constants.WNOHANG), undefined);
    assert.equal(waitid({pidfd}, constants.WEXITED | constants.WNOHANG), undefined);
    pidfdSendSignal(pidfd, 'SIGKILL');
    // With WNOWAIT the child can be waited for again.
    const peek = await waitid({pidfd}, constants.WEXITED | constants.WNOWAIT);
    assert.equal(peek!.status, SIGKILL);
    assert.ok(isThere(pid));
    assert.equal((waitpid(pid, constants.WNOHANG) as {status: number}).status, SIGKILL);
    assert.equal(isThere(pid), false);
    closeSync(pidfd);
  });

  test('report that a child was stopped or continued', async () => {
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

  test('fail with ECHILD for no child, and with ESRCH or EBADF for no process', async () => {
    await assert.rejects(async () => waitpid(1), {code: 'ECHILD'});
    assert.equal(errorOf(() => waitpid(1, constants.WNOHANG)).code, 'ECHILD');
    await assert.rejects(async () => waitid({pidfd: 999}), {code: 'EBADF'});
    for (const pid of [0, -1, -process.pid]) assert.equal(errorOf(() => waitpid(pid, 0)).code, 'ERR_OUT_OF_RANGE');
    const {pid, pidfd} = clone({path: '/bin/true'});
    await waitid({pidfd});
    await assert.rejects(async () => waitid({pidfd}), {code: 'ECHILD'});
    closeSync(pidfd);
    assert.equal(errorOf(() => pidfdOpen(pid)).code, 'ESRCH');
  });

  test('block neither the event loop nor a thread of the pool', async () => {
    // More waits than the pool has threads.
    const sleepers = Array.from({length: 8}, () => clone({path: '/bin/sleep', args: ['sleep', '1000']}));
    const waits = sleepers.map(({pidfd}) => waitid({pidfd}));
    await Promise.all(Array.from({length: 20}, () => stat('/')));
    for (const {pidfd} of sleepers) pidfdSendSignal(pidfd, 'SIGKILL');
    for (const {status} of await Promise.all(waits)) assert.equal(status, SIGKILL);
    for (const {pidfd} of sleepers) closeSync(pidfd);
  });

  test('leave nothing if there are many at once', () =>
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
