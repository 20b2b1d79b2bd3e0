// Another part of the program may reap an nsinit. Its status is unknown then.
import assert from 'node:assert/strict';
import process from 'node:process';
import {test} from 'node:test';
import {createSandbox} from 'namespawn';
import {constants, waitpid} from 'namespawn/sys';
import {leavesNothing} from '../helpers/leaks.js';
import {childrenOf} from '../helpers/processes.js';

/** Reaps a child. Returns false if the reactor thread has reaped it first. */
function reap(pid: number): boolean {
  try {
    while (waitpid(pid, constants.WNOHANG) === undefined);
    return true;
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ECHILD');
    return false;
  }
}

test('an nsinit that is killed and reaped by other code during its set-up is reported as killed', () =>
  leavesNothing(async () => {
    for (;;) {
      const before = childrenOf(process.pid);
      const creation = createSandbox({namespaces: ['pid', 'mnt', 'net']});
      const [nsinit] = childrenOf(process.pid).filter(pid => !before.includes(pid)) as [number];
      process.kill(nsinit, 'SIGKILL');
      const isReapedHere = reap(nsinit);
      try {
        // The set-up was finished before the signal arrived, so the test is repeated.
        await (await creation).close();
      } catch (error) {
        const {code, message} = error as NodeJS.ErrnoException;
        const expected = "The sandbox's init has ended (somebody killed it), and every process in it";
        assert.deepEqual([code, message], ['ESRCH', expected]);
        if (isReapedHere) return;
      }
    }
  }));
