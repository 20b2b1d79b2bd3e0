// namespawn/sys: unshare and setns.
import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {startFixture} from '../helpers/fixtures.js';
import {needsRoot} from '../helpers/requirements.js';

describe('unshare and setns', {skip: needsRoot()}, () => {
  test('after unshare(CLONE_NEWPID) on the main thread, files can be read and children waited for', async () => {
    const report = await startFixture('unshared', ['pid']).next<Record<string, unknown>>();
    assert.deepEqual(report, {read: true, resolved: true, child: 1, worker: 'EINVAL', healed: true, afterwards: 0});
  });

  test('unshare moves only the calling thread', async () => {
    const report = await startFixture('unshared', ['uts']).next<Record<string, unknown>>();
    assert.deepEqual(report, {isNew: true, pool: 'old', back: true});
  });

  test('errors of the kernel are thrown', async () => {
    const report = await startFixture('unshared', ['errors']).next<Record<string, unknown>>();
    assert.deepEqual(report, {user: 'EINVAL', type: 'EINVAL', closed: 'EBADF', own: 'EINVAL'});
  });
});
