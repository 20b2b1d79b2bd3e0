// The option `umask`.
import assert from 'node:assert/strict';
import {statSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {shell} from '../helpers/shell.js';
import {temporaryDirectory} from '../helpers/temporary.js';

test('umask may be a number, or octal digits as in process.umask()', async () => {
  for (const umask of [0o027, '27', '0027']) assert.equal(await shell('umask', {umask}), '0027');
  assert.equal(await shell('umask', {umask: 0}), '0000');
});

test('umask applies only to the command', async () => {
  const before = process.umask();
  const directory = temporaryDirectory();
  await shell(`mkdir ${directory}/inside`, {umask: 0o077});
  assert.equal(statSync(path.join(directory, 'inside')).mode & 0o777, 0o700);
  assert.equal(process.umask(), before);
  assert.equal(await shell('umask', {}), before.toString(8).padStart(4, '0'));
});
