// Runs many commands, one after another and at the same time.
import assert from 'node:assert/strict';
import {spawnInNamespace} from 'namespawn';
import {finished} from './finished.js';

async function spawnOne(index: number): Promise<void> {
  // Each command has its own exit code and output, so a test notices if two are mixed up.
  const child = spawnInNamespace('sh', ['-c', `echo ${index}; exit ${index % 256}`]);
  const {code, stdout} = await finished(child);
  assert.deepEqual([code, stdout], [index % 256, `${index}\n`]);
}

export async function spawnMany({sequential, parallel}: {sequential: number; parallel: number}): Promise<void> {
  for (let index = 0; index < sequential; index++) await spawnOne(index);
  await Promise.all(Array.from({length: parallel}, (_, index) => spawnOne(index)));
}
