// A command has the descriptors of stdio, no blocked or ignored signals, and nothing else of Node.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {runInNamespace} from 'namespawn';
import {startFixture} from '../helpers/fixtures.js';
import {parseStatus} from '../helpers/processes.js';
import {testProgram} from '../helpers/programs.js';

interface Seen {
  descriptors: number[];
  signals: string[];
}

test('the command inherits neither descriptors nor dispositions of signals from Node', async () => {
  const fixture = startFixture('strays', [], [testProgram('stray')]);
  const {seen, node} = await fixture.next<{seen: Seen[]; node: Seen}>();
  // Otherwise the test would prove nothing.
  for (const fd of [7, 9, 17, 19, 21, 50, 140, 300]) assert.ok(node.descriptors.includes(fd), `Node has ${fd}`);
  assert.notDeepEqual(node.signals, seen[0]?.signals);
  const plain = [0, 1, 2];
  assert.deepEqual(
    seen.map(({descriptors}) => descriptors),
    [plain, plain, plain, [0, 1, 2, 4, 5]],
  );
  for (const {signals} of seen) {
    assert.deepEqual(
      signals,
      ['SigBlk:', 'SigIgn:', 'SigCgt:'].map(name => `${name}\t0000000000000000`),
    );
  }
});

test('the command is not traced, is no subreaper, and may gain privileges', async () => {
  const status = parseStatus((await runInNamespace('cat', ['/proc/self/status'])).stdout);
  assert.equal(status.TracerPid, '0');
  assert.equal(status.NoNewPrivs, '0');
  assert.equal(status.Threads, '1');
});
