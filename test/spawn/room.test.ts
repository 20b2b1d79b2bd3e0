// If few descriptors are free, the channels that are prepared for later launches are closed.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {test} from 'node:test';
import {startFixture} from '../helpers/fixtures.js';

interface Counts {
  started: number;
  kept: string[];
  before: number;
  running: number;
  after: number;
}

// The descriptors of a running command: three pipes, the channel, and the pidfd.
const eachTakes = 5;
// The descriptors that the launch that failed last had opened.
const onTheWay = 5;

async function manyAtOnce(limit: number): Promise<{plain: Counts; ours: Counts}> {
  const fixture = startFixture('many-at-once', [], ['sh', '-c', `ulimit -n ${limit}; exec "$@"`, 'sh']);
  const exit = once(fixture.process, 'exit');
  const plain = await fixture.next<Counts>();
  const ours = await fixture.next<Counts>();
  assert.deepEqual(await exit, [0, null]);
  return {plain, ours};
}

for (const limit of [100, 200]) {
  test(`with a limit of ${limit} no channel is prepared, and all descriptors are available for commands`, async () => {
    const {plain, ours} = await manyAtOnce(limit);
    // Otherwise the test would prove nothing.
    assert.ok(plain.started < 100);
    assert.ok(ours.started >= Math.floor((limit - ours.before - onTheWay) / eachTakes), JSON.stringify(ours));
    assert.deepEqual(
      ours.kept.filter(name => name.startsWith('socket:') || name === '/dev/null'),
      [],
    );
    assert.ok(ours.after <= ours.before);
  });
}

test('with a limit of 300 the prepared channels are closed when a call needs descriptors', async () => {
  const {ours} = await manyAtOnce(300);
  const prepared = ours.kept.length - 1;
  assert.ok(prepared >= 8, 'channels are prepared');
  // Without this, only so many commands could run.
  const usualMax = Math.floor((300 - ours.before) / eachTakes);
  assert.ok(ours.started > usualMax, `${ours.started} of ${usualMax}`);
  assert.ok(ours.after <= ours.before);
});
