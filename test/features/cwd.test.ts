// The option `cwd`.
import assert from 'node:assert/strict';
import {realpathSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {shell} from '../helpers/shell.js';
import {temporaryDirectory} from '../helpers/temporary.js';

test('cwd may be a string, a Buffer or a URL', async () => {
  const directory = realpathSync(temporaryDirectory());
  for (const cwd of [directory, path.relative('.', directory), pathToFileURL(directory), Buffer.from(directory)]) {
    assert.equal(await shell('pwd -P', {cwd}), directory);
  }
  assert.equal(await shell('pwd -P', {}), process.cwd());
});
