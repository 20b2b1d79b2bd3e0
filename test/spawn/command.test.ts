// What is executed: the options `env`, `argv0` and `shell`, and the arguments.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {runInNamespace} from 'namespawn';
import {shell} from '../helpers/shell.js';

test('the environment of the command is exactly env', async () => {
  const env = {PATH: process.env.PATH, EMPTY: '', ODD: 'a=b\nc', 'NO=NAME': undefined, LETTER: 'ä€😀'};
  const {stdout} = await runInNamespace('env', ['-0'], {env});
  assert.deepEqual(
    stdout.split('\0').sort(),
    ['', 'EMPTY=', 'LETTER=ä€😀', 'ODD=a=b\nc', `PATH=${process.env.PATH}`].sort(),
  );
});

test('the default of env is the current process.env', async () => {
  process.env.NAMESPAWN_TEST = 'set';
  assert.equal(await shell('echo "$NAMESPAWN_TEST"', {}), 'set');
  delete process.env.NAMESPAWN_TEST;
  assert.equal(await shell('env | grep -q ^NAMESPAWN_TEST= || echo unset', {}), 'unset');
});

test("the command is looked up along the env's PATH", async () => {
  const {stdout} = await runInNamespace('sh', ['-c', 'echo found'], {env: {PATH: '/nowhere:/bin:/usr/bin'}});
  assert.equal(stdout, 'found\n');
  await assert.rejects(() => runInNamespace('sh', ['-c', ':'], {env: {PATH: '/nowhere'}}), {code: 'ENOENT'});
});

test('argv0, and empty and unusual arguments arrive', async () => {
  const {stdout} = await runInNamespace('cat', ['/proc/self/cmdline'], {argv0: 'other name'});
  assert.equal(stdout, 'other name\0/proc/self/cmdline\0');
  const odd = ['', ' ', 'a\nb', '"', "'", '$HOME', 'ä€😀', '-n'];
  const printed = await runInNamespace('sh', ['-c', 'for a; do printf "%s\\0" "$a"; done', 'sh', ...odd]);
  assert.deepEqual(printed.stdout.split('\0').slice(0, -1), odd);
});

test('shell runs the command in a shell', async () => {
  assert.equal((await runInNamespace('echo $((6 * 7)); echo "$0"', {shell: true})).stdout, '42\n/bin/sh\n');
  assert.equal((await runInNamespace('echo "$BASH_VERSION" |', ['wc', '-l'], {shell: '/bin/bash'})).stdout.trim(), '1');
});
