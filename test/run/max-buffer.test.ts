// runInNamespace with more output than `maxBuffer`.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createSandbox, RunError, runInNamespace} from 'namespawn';
import {eventually} from '../helpers/eventually.js';
import {isThere} from '../helpers/processes.js';

test('with 100 MB and a maxBuffer of 1 MB, memory does not grow, the command is killed, and the error says so', async () => {
  const before = process.resourceUsage().maxRSS;
  const promise = runInNamespace('head', ['-c', '100000000', '/dev/zero'], {maxBuffer: 1 << 20, encoding: 'buffer'});
  const error = await promise.then(
    () => assert.fail('it succeeded'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RunError);
  assert.equal(error.message, "'head' was killed: it wrote more than maxBuffer, 1048576 bytes");
  assert.deepEqual([error.isMaxBuffer, error.signal, error.exitCode], [true, 'SIGKILL', null]);
  assert.equal(error.stdout.length, 1 << 20);
  assert.ok(error.usage!.command.maxRSS > 0);
  const grown = process.resourceUsage().maxRSS - before;
  assert.ok(grown < 20_000, `${grown} KB more at the peak`);
  assert.equal(isThere(promise.child.pid!), false);
  assert.equal(isThere(promise.child.hostPid!), false);
});

test('a character that the limit cuts is left out', async () => {
  const {stdout} = await runInNamespace('yes', ['é'], {maxBuffer: 4, reject: false});
  assert.equal(stdout, 'é\n');
});

test('stderr has the same limit', async () => {
  const result = await runInNamespace('sh', ['-c', 'yes >&2'], {maxBuffer: 1000, reject: false});
  assert.deepEqual([result.isMaxBuffer, result.stderr.length, result.stdout], [true, 1000, '']);
});

test('output of exactly maxBuffer bytes is no error', async () => {
  const {stdout, isMaxBuffer} = await runInNamespace('head', ['-c', '1000', '/dev/zero'], {maxBuffer: 1000});
  assert.deepEqual([stdout.length, isMaxBuffer], [1000, false]);
});

test('the run does not wait for output that is read after the end of the command', async () => {
  await using sandbox = await createSandbox();
  for (const run of [runInNamespace, sandbox.run.bind(sandbox)]) {
    const promise = run('head', ['-c', '300000', '/dev/zero'], {maxBuffer: 1000, reject: false});
    // Node receives everything in one turn: the start, the end, and then the output, which is in the pipe.
    for (const until = performance.now() + 150; performance.now() < until; );
    const {isMaxBuffer, stdout} = await promise;
    assert.deepEqual([isMaxBuffer, stdout.length], [true, 1000]);
  }
});

test('in a sandbox the process group of the command is killed as well', async () => {
  await using sandbox = await createSandbox();
  const {isMaxBuffer} = await sandbox.run('sh', ['-c', 'sleep 1000 & yes'], {maxBuffer: 1000, reject: false});
  assert.equal(isMaxBuffer, true);
  await eventually(() => assert.equal(sandbox.processes().length, 1));
});
