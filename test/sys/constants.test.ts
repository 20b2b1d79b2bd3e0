// namespawn/sys: constants.
import assert from 'node:assert/strict';
import {constants as fsConstants} from 'node:fs';
import {test} from 'node:test';
import {constants} from 'namespawn/sys';

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
