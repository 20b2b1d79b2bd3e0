// namespawn/sys: pidfdOpen and pidfdSendSignal.
import assert from 'node:assert/strict';
import {closeSync} from 'node:fs';
import {test} from 'node:test';
import {clone, pidfdOpen, pidfdSendSignal, waitid} from 'namespawn/sys';
import {errorOf} from '../helpers/errors.js';

test('a pidfd signals its process, and no other one after its end', async () => {
  const {pid, pidfd} = clone({path: '/bin/sleep', args: ['sleep', '1000']});
  const other = pidfdOpen(pid);
  pidfdSendSignal(other, 0);
  pidfdSendSignal(other, 'SIGTERM');
  assert.equal((await waitid({pidfd})).status, 15);
  assert.equal(errorOf(() => pidfdSendSignal(other, 0)).code, 'ESRCH');
  for (const fd of [pidfd, other]) closeSync(fd);
  assert.equal(errorOf(() => pidfdSendSignal(other, 0)).code, 'EBADF');
  assert.equal(errorOf(() => pidfdOpen(pid)).code, 'ESRCH');
});
