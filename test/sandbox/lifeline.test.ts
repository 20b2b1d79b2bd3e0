// When Node ends, nothing of its sandboxes is left, unless dieWithParent is false.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {test} from 'node:test';
import {eventually} from '../helpers/eventually.js';
import {startFixture} from '../helpers/fixtures.js';
import {findProcesses, isThere, uniqueDuration} from '../helpers/processes.js';

test('Node killed by SIGKILL with 50 busy sandboxes leaves nothing', async () => {
  const duration = uniqueDuration();
  const fixture = startFixture('busy-sandboxes', ['50', duration]);
  const session = fixture.process.pid!;
  const pids = await fixture.next<number[]>();
  assert.equal(pids.length, 150);
  assert.ok(pids.every(isThere));
  fixture.process.kill('SIGKILL');
  await once(fixture.process, 'exit');
  await eventually(() => {
    assert.deepEqual(findProcesses({marker: duration}), []);
    assert.deepEqual(findProcesses({session}), []);
  });
});

test('a sandbox with dieWithParent: false outlives Node, and ends with its nsinit', async () => {
  const duration = uniqueDuration();
  const fixture = startFixture('lasting-sandbox', [duration]);
  const {pid, hostPid} = await fixture.next<{pid: number; hostPid: number}>();
  await once(fixture.process, 'exit');
  // nsinit handles the end of the channel before the signal, so when the signal has arrived it has survived the end of the channel.
  process.kill(pid, 'SIGCONT');
  assert.ok(isThere(pid) && isThere(hostPid));
  assert.equal(findProcesses({marker: duration}).length, 1);
  process.kill(pid, 'SIGKILL');
  await eventually(() => assert.deepEqual([isThere(hostPid), findProcesses({marker: duration})], [false, []]));
});
