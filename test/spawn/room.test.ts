// Where descriptors are few, what is prepared for launches to come is given up for those of now.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {test} from 'node:test';
import {startFixture} from '../helpers/fixtures.js';

interface Told {
  started: number;
  kept: string[];
  before: number;
  running: number;
  after: number;
}

// Three pipes, the channel, and the pidfd.
const eachTakes = 5;
// What the last one that failed had opened by then.
const onTheWay = 5;

async function manyAtOnce(limit: number): Promise<{plain: Told; ours: Told}> {
  const fixture = startFixture('many-at-once', [], ['sh', '-c', `ulimit -n ${limit}; exec "$@"`, 'sh']);
  const exit = once(fixture.process, 'exit');
  const plain = await fixture.next<Told>();
  const ours = await fixture.next<Told>();
  assert.deepEqual(await exit, [0, null]);
  return {plain, ours};
}

for (const limit of [100, 200]) {
  test(`with a limit of ${limit} nothing is prepared, and all of it is there for commands`, async () => {
    const {plain, ours} = await manyAtOnce(limit);
    // Or this would show nothing.
    assert.ok(plain.started < 100);
    assert.ok(ours.started >= Math.floor((limit - ours.before - onTheWay) / eachTakes), JSON.stringify(ours));
    assert.deepEqual(
      ours.kept.filter(name => name.startsWith('socket:') || name === '/dev/null'),
      [],
    );
    assert.ok(ours.after <= ours.before);
  });
}

test('with a limit of 300 what is prepared is given back when a call needs the room', async () => {
  const {ours} = await manyAtOnce(300);
  const prepared = ours.kept.length - 1;
  assert.ok(prepared >= 8, 'channels are prepared');
  // Without it there would be only this many.
  const most = Math.floor((300 - ours.before) / eachTakes);
  assert.ok(ours.started > most, `${ours.started} of ${most}`);
  assert.ok(ours.after <= ours.before);
});
