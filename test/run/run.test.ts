// runInNamespace: input, output, and failures.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {Readable} from 'node:stream';
import {test} from 'node:test';
import {createSandbox, type NamespaceError, RunError, type RunOptions, runInNamespace} from 'namespawn';
import {testProgram} from '../helpers/programs.js';
import {scaled} from '../helpers/time.js';

/** Returns the error of a run that must fail. */
async function failureOf(promise: Promise<unknown>): Promise<RunError> {
  const reason = await promise.then(
    () => assert.fail('it succeeded'),
    (error: unknown) => error,
  );
  assert.ok(reason instanceof RunError);
  return reason;
}

test('encoding decodes the output, or returns bytes', async () => {
  const of = async (encoding: BufferEncoding | 'buffer'): Promise<unknown> =>
    (await runInNamespace('printf', ['\\351'], {encoding})).stdout;
  assert.equal(await of('latin1'), 'é');
  assert.equal(await of('hex'), 'e9');
  assert.deepEqual(await of('buffer'), Buffer.from([0xe9]));
  assert.throws(() => runInNamespace('true', {encoding: 'none' as 'utf8'}), {code: 'ERR_INVALID_ARG_VALUE'});
});

test('input is written to stdin, which must be a pipe', async () => {
  for (const input of ['text', Buffer.from('text'), Readable.from(['te', 'xt'])]) {
    assert.equal((await runInNamespace('cat', {input})).stdout, 'text');
  }
  assert.equal((await runInNamespace('cat')).stdout, '');
  assert.throws(() => runInNamespace('cat', {input: 5 as unknown as string}), {code: 'ERR_INVALID_ARG_TYPE'});
  assert.throws(() => runInNamespace('cat', {input: 'x', stdio: 'ignore'}), {code: 'ERR_INVALID_ARG_VALUE'});
});

test('input that the command does not read is no error', async () => {
  const input = Readable.from(Array.from({length: 100}, () => Buffer.alloc(100_000)));
  assert.equal((await runInNamespace('head', ['-c', '1'], {input})).exitCode, 0);
});

test('input that fails kills the command', async () => {
  const input = new Readable({
    read() {
      this.destroy(new Error('broken'));
    },
  });
  const error = await failureOf(runInNamespace('cat', {input}));
  assert.equal(error.message, "'cat' was killed: its input failed: broken");
  assert.equal((error.cause as Error).message, 'broken');
});

test('a failure has every field of the result, and a short message', async () => {
  const run = (reject: boolean) => runInNamespace('sh', ['-c', 'echo out; echo err >&2; exit 3'], {reject});
  const result = await run(false);
  const error = await failureOf(run(true));
  assert.equal(error.message, "'sh' exited with 3");
  for (const field of Object.keys(result)) assert.ok(field in error, field);
  assert.deepEqual([error.exitCode, error.signal, error.stdout, error.stderr], [3, null, 'out\n', 'err\n']);
  assert.deepEqual([error.command, error.args.length, error.timedOut, error.isCanceled], ['sh', 2, false, false]);
  assert.equal((await failureOf(runInNamespace('sh', ['-c', 'kill -9 $$']))).message, "'sh' was killed by SIGKILL");
});

test('reject: false keeps the reason: a result has the same fields, however the command ends', async () => {
  const outcome = (command: string, options: RunOptions = {}) =>
    runInNamespace(command, ['5'], {...options, reject: false});
  const missing = await outcome('/nonexistent');
  const {failed, code, syscall, path, shortMessage, cause} = missing;
  assert.deepEqual([failed, code, syscall, path], [true, 'ENOENT', 'spawn /nonexistent', '/nonexistent']);
  assert.match(shortMessage!, /^'\/nonexistent' could not be started: spawn \/nonexistent ENOENT/);
  assert.equal((cause as NodeJS.ErrnoException).code, 'ENOENT');

  const refused = await outcome('true', {mountProc: '/nonexistent'});
  assert.deepEqual([refused.code, refused.step], ['ENOENT', 'mountProc']);
  assert.equal(refused.hint, (refused.cause as NamespaceError).hint);

  const late = await outcome('sleep', {timeout: 10});
  assert.deepEqual([late.failed, late.timedOut, late.signal], [true, true, 'SIGTERM']);
  const canceled = await outcome('sleep', {signal: AbortSignal.timeout(10)});
  assert.deepEqual([canceled.failed, canceled.isCanceled, canceled.code], [true, true, 'ABORT_ERR']);
  const long = await outcome('yes', {maxBuffer: 5});
  assert.deepEqual([long.failed, long.isMaxBuffer, long.stdout], [true, true, '5\n5\n5']);
  const well = await outcome('true');
  assert.deepEqual([well.failed, well.shortMessage, well.cause], [false, undefined, undefined]);

  const error = await failureOf(runInNamespace('/nonexistent', ['5']));
  assert.equal(error.message, shortMessage);
  for (const result of [missing, refused, late, canceled, long, well]) {
    assert.deepEqual(Object.keys(result), Object.keys(missing));
    for (const field of Object.keys(result)) assert.ok(field in error, field);
  }
});

test('a command that cannot be started', async () => {
  const error = await failureOf(runInNamespace('/nonexistent'));
  assert.match(error.message, /^'\/nonexistent' could not be started: spawn \/nonexistent ENOENT/);
  assert.deepEqual([error.code, error.exitCode, error.pid, error.usage], ['ENOENT', null, undefined, undefined]);
  assert.equal((await runInNamespace('/nonexistent', {reject: false})).exitCode, null);
});

test('timeout and signal end the command, and the error says so', async () => {
  const late = await failureOf(runInNamespace('sleep', ['1000'], {timeout: 20}));
  assert.deepEqual([late.timedOut, late.signal, late.isCanceled], [true, 'SIGTERM', false]);
  assert.equal(late.message, "'sleep' was killed: it ran longer than timeout, 20 ms");
  for (const signal of [AbortSignal.abort(), AbortSignal.timeout(20)]) {
    const canceled = await failureOf(runInNamespace('sleep', ['1000'], {signal, killSignal: 'SIGKILL'}));
    assert.deepEqual([canceled.isCanceled, canceled.signal, canceled.timedOut], [true, 'SIGKILL', false]);
    assert.equal((canceled.cause as Error).name, 'AbortError');
  }
});

test('the error says how the command has ended, if not by itself', async () => {
  const run = runInNamespace('sleep', ['1000'], {stdio: 'ignore'});
  await once(run.child, 'spawn');
  process.kill(run.child.pid!, 'SIGKILL');
  const killed = await failureOf(run);
  assert.equal(killed.message, "'sleep' was killed with its namespace's init: somebody killed it");
  assert.deepEqual([killed.signal, killed.initSignal, killed.isForcefullyTerminated], ['SIGKILL', 'SIGKILL', false]);

  const options: RunOptions = {namespaces: ['pid', 'mnt', 'user'], uidMap: 'root'};
  const halted = await failureOf(runInNamespace(testProgram('reboot'), ['halt'], options));
  assert.match(halted.message, /was killed with its namespace's init: SIGINT, which is what reboot\(2\) inside does$/);
  assert.equal(halted.initSignal, 'SIGINT');

  const stubborn = runInNamespace('sleep', ['1000'], {killSignal: 'SIGWINCH', forceKillAfterDelay: 1, timeout: 1});
  const {message, timedOut, isForcefullyTerminated} = await failureOf(stubborn);
  assert.equal(message, "'sleep' was killed: it ran longer than timeout, 1 ms");
  assert.deepEqual([timedOut, isForcefullyTerminated], [true, true]);

  const asked = runInNamespace('sleep', ['1000']);
  await once(asked.child, 'spawn');
  void asked.child.shutdown({signal: 0, graceMs: 1});
  const forced = await failureOf(asked);
  assert.equal(forced.message, "'sleep' was killed: it did not end within its grace time");
  assert.equal(forced.isForcefullyTerminated, true);

  const well = await runInNamespace('true');
  assert.deepEqual([well.initSignal, well.isForcefullyTerminated], [null, false]);
});

test('a sandbox that ends before its command is named by the error', async () => {
  const sandbox = await createSandbox();
  const run = sandbox.run('sleep', ['1000']);
  await once(run.child, 'spawn');
  const failure = failureOf(run);
  await sandbox.close();
  const {message, code, initSignal} = await failure;
  assert.match(message, /^'sleep' was killed: The sandbox's init has ended \(it was closed\)/);
  assert.deepEqual([code, initSignal], ['ESRCH', 'SIGKILL']);
});

test('lines() yields lines as they are written', async () => {
  const promise = runInNamespace('sh', ['-c', 'echo one; read -r line; echo "$line"'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    input: 'two\n',
  });
  const lines: string[] = [];
  for await (const line of promise.lines()) lines.push(line);
  assert.deepEqual(lines, ['one', 'two']);
  assert.equal((await promise).stdout, 'one\ntwo\n');
});

test('a loop over lines that is left early does not block the command', async () => {
  const promise = runInNamespace('seq', ['1', '300000']);
  for await (const line of promise.lines()) {
    assert.equal(line, '1');
    break;
  }
  assert.match((await promise).stdout, /\n300000\n$/);
});

test('a loop over lines ends with the failure of the command', async () => {
  const lines: string[] = [];
  await assert.rejects(
    async () => {
      for await (const line of runInNamespace('sh', ['-c', 'echo one; exit 3']).lines()) lines.push(line);
    },
    {name: 'RunError', exitCode: 3},
  );
  assert.deepEqual(lines, ['one']);
});

test('usage has the same fields for the command and for all processes', async () => {
  const script = `sh -c "i=0; while [ \\$i -lt ${scaled(200_000)} ]; do i=\\$((i+1)); done"; :`;
  const {usage} = await runInNamespace('sh', ['-c', script]);
  assert.ok(usage!.userCPUTime > 0);
  assert.ok(usage!.maxRSS > 0 && usage!.minorPageFault > 0);
  assert.ok(usage!.voluntaryContextSwitches + usage!.involuntaryContextSwitches > 0);
  assert.ok(usage!.command.userCPUTime <= usage!.userCPUTime);
  assert.deepEqual(
    Object.keys(usage!.command),
    Object.keys(usage!).filter(name => name !== 'command'),
  );
});
