// run() with `pty` and with `all`: the output in the order in which it was written.
import assert from 'node:assert/strict';
import {Readable} from 'node:stream';
import {describe, test} from 'node:test';
import {createSandbox, type RunOptions, runInNamespace} from 'namespawn';
import {leavesNothing} from '../helpers/leaks.js';

const mixed = 'for i in 1 2 3 4 5 6 7 8 9; do echo out$i; echo err$i >&2; done';
const inOrder = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(i => `out${i}\nerr${i}\n`).join('');

describe('all: true', () => {
  const run = (options: RunOptions = {}) => runInNamespace('sh', ['-c', mixed], {all: true, ...options});

  test('has stdout and stderr in the order in which they were written', async () => {
    const {all, stdout, stderr} = await leavesNothing(() => run());
    assert.deepEqual([all, stdout, stderr], [inOrder, inOrder, '']);
    assert.deepEqual((await run({encoding: 'buffer'})).all, Buffer.from(inOrder));
    const failed = await runInNamespace('sh', ['-c', 'echo a; echo b >&2; exit 3'], {all: true, reject: false});
    assert.deepEqual([failed.all, failed.exitCode], ['a\nb\n', 3]);
    assert.equal((await runInNamespace('true')).all, undefined);
  });

  test('works in a sandbox, with lines() and with further descriptors', async () => {
    await using sandbox = await createSandbox();
    assert.equal((await sandbox.run('sh', ['-c', mixed], {all: true})).all, inOrder);
    const lines: string[] = [];
    for await (const line of run({stdio: ['ignore', 'pipe', 'pipe', 'pipe']}).lines()) lines.push(line);
    assert.deepEqual(lines, inOrder.trim().split('\n'));
  });

  test('counts both for maxBuffer', async () => {
    const {all, isMaxBuffer} = await run({maxBuffer: 7, reject: false});
    assert.deepEqual([all, isMaxBuffer], ['out1\ner', true]);
  });

  test('needs two pipes', () => {
    assert.throws(() => run({stdio: ['pipe', 'pipe', 'inherit']}), {
      code: 'ERR_INVALID_ARG_VALUE',
      message: /options.all/,
    });
    assert.throws(() => run({all: 1 as unknown as boolean}), {code: 'ERR_INVALID_ARG_TYPE'});
  });
});

describe('pty', () => {
  test('the output of the terminal is collected, however much it is', async () => {
    const {stdout, stderr} = await leavesNothing(() => runInNamespace('sh', ['-c', mixed], {pty: true}));
    assert.deepEqual([stdout, stderr], [inOrder.replaceAll('\n', '\r\n'), '']);
    const many = await runInNamespace('seq', ['1', '100000'], {pty: true});
    assert.match(many.stdout, /\r\n100000\r\n$/);
  });

  test('input is typed, and its end as well', async () => {
    const quiet = ['-c', 'stty -echo; echo ready; cat'];
    for (const input of ['one\ntwo', 'one\ntwo\n', Readable.from(['one\n', 'two']), Buffer.from('one\ntwo')]) {
      const {stdout} = await runInNamespace('sh', quiet, {pty: true, input});
      assert.match(stdout, /ready\r\n(one\r\ntwo\r?\n?)*one\r\ntwo/);
    }
    assert.equal((await runInNamespace('cat', {pty: true})).exitCode, 0);
  });

  test('input that breaks off kills the command', async () => {
    const input = new Readable({
      read() {
        this.destroy(new Error('broken'));
      },
    });
    const {shortMessage} = await runInNamespace('cat', {pty: true, input, reject: false});
    assert.equal(shortMessage, "'cat' was killed: its input failed: broken");
  });

  test('maxBuffer and lines()', async () => {
    const {stdout, isMaxBuffer} = await runInNamespace('yes', {pty: true, maxBuffer: 5, reject: false});
    assert.deepEqual([stdout, isMaxBuffer], ['y\r\ny\r', true]);
    const lines: string[] = [];
    for await (const line of runInNamespace('seq', ['3'], {pty: true}).lines()) lines.push(line);
    assert.deepEqual(lines, ['1', '2', '3']);
  });
});
