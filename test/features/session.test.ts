// The option `newSession`.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {SpawnOptions} from 'namespawn';
import {shell} from '../helpers/shell.js';

test('newSession decides whether the command leads a session', async () => {
  const session = async (options: SpawnOptions): Promise<string> =>
    (await shell("sed 's/.*) //' /proc/self/stat | cut -d' ' -f4; echo $$", options)).replace('\n', ' ');
  assert.equal(await session({}), '2 2');
  assert.equal(await session({newSession: false}), '0 2');
});
