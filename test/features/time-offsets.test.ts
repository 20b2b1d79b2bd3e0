// The option `timeOffsets`.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import type {SpawnOptions} from 'namespawn';
import {shell} from '../helpers/shell.js';

const uptime = (): number => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);

test('boottime and monotonic differ from the clocks outside by the offsets', async () => {
  const timeOffsets = {monotonic: -1, boottime: {secs: 86_400_000, nanosecs: 500_000_000}};
  const before = uptime();
  const options: SpawnOptions = {namespaces: ['pid', 'mnt', 'time'], timeOffsets: {boottime: timeOffsets.boottime}};
  const inside = Number((await shell('cat /proc/uptime', options)).split(' ')[0]);
  const after = uptime();
  assert.ok(inside >= before + 86_400_000 && inside <= after + 86_400_001, `${before} ${inside} ${after}`);
  const text = await shell('cat /proc/self/timens_offsets', {namespaces: ['time', 'mnt', 'pid'], timeOffsets});
  assert.deepEqual(
    text.split('\n').map(line => line.split(/\s+/)),
    [
      ['monotonic', '-1', '0'],
      ['boottime', '86400000', '500000000'],
    ],
  );
});

test('a fraction of a second is added to the next lower second', async () => {
  const text = await shell('cat /proc/self/timens_offsets', {
    namespaces: ['time', 'mnt', 'pid'],
    timeOffsets: {monotonic: -0.25, boottime: 1.5},
  });
  assert.match(text, /^monotonic +-1 +750000000\nboottime +1 +500000000$/);
});
