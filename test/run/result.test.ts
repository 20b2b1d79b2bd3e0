// The result of runInNamespace, and its error.
import assert from 'node:assert/strict';
import {Readable} from 'node:stream';
import {describe, test} from 'node:test';
import {RunError, type RunOptions, runInNamespace} from 'namespawn';
import {leavesNothing} from '../helpers/leaks.js';
import {findProcesses, uniqueDuration} from '../helpers/processes.js';
import {beforeTimeout} from '../helpers/time.js';

async function rejected(run: () => Promise<unknown>): Promise<RunError> {
  return leavesNothing(async () => {
    const error = await run().then(
      () => assert.fail('did not reject'),
      reason => reason,
    );
    assert.ok(error instanceof RunError, `${error}`);
    return error;
  });
}

test('the result contains the output of the command, and how it has ended', async () => {
  const result = await leavesNothing(() => runInNamespace('sh', ['-c', 'echo out; echo err >&2', 'x']));
  const {usage, durationMs, pid, ...rest} = result;
  assert.deepEqual(rest, {
    command: 'sh',
    args: ['-c', 'echo out; echo err >&2', 'x'],
    failed: false,
    shortMessage: undefined,
    cause: undefined,
    exitCode: 0,
    signal: null,
    stdout: 'out\n',
    stderr: 'err\n',
    all: undefined,
    timedOut: false,
    isCanceled: false,
    isMaxBuffer: false,
    isForcefullyTerminated: false,
    initSignal: null,
    namespacePid: 2,
    files: new Map(),
    filesLeftOut: [],
    forbiddenSyscall: undefined,
    code: undefined,
    errno: undefined,
    syscall: undefined,
    path: undefined,
    step: undefined,
    index: undefined,
    hint: undefined,
  });
  assert.ok(durationMs > 0);
  assert.ok(pid! > 1);
  assert.ok(usage!.maxRSS > 0);
  assert.ok(usage!.command.maxRSS > 0);
});

test('usage contains the resources of all processes that nsinit has reaped, and of the command alone', async () => {
  // An orphan needs the memory, and not the command, which waits until nsinit has reaped the orphan.
  const dd = 'dd if=/dev/zero of=/dev/null bs=48M count=1 >/dev/null 2>&1';
  const script = `orphan=$(${dd} & echo $!); while kill -0 $orphan 2>/dev/null; do sleep 0.01; done`;
  const {usage} = await runInNamespace('sh', ['-c', script]);
  assert.ok(usage!.maxRSS > 40 * 1024, `${usage!.maxRSS}`);
  assert.ok(usage!.command.maxRSS < 40 * 1024, `${usage!.command.maxRSS}`);
});

describe('the promise rejects', () => {
  test('if the exit code is not 0', async () => {
    const error = await rejected(() => runInNamespace('sh', ['-c', 'echo out; echo err >&2; exit 3']));
    assert.deepEqual([error.exitCode, error.signal, error.stdout, error.stderr], [3, null, 'out\n', 'err\n']);
    assert.equal(error.message, "'sh' exited with 3");
  });

  test('if a signal ends the command', async () => {
    const error = await rejected(() => runInNamespace('sh', ['-c', 'kill -KILL $$']));
    assert.deepEqual([error.exitCode, error.signal], [null, 'SIGKILL']);
  });

  test('if the command is not found, with the fields of that error', async () => {
    const error = await rejected(() => runInNamespace('/no/such', ['a']));
    const {code, syscall, path, exitCode, pid, usage} = error;
    assert.deepEqual(
      {code, syscall, path, exitCode, pid, usage},
      {code: 'ENOENT', syscall: 'spawn /no/such', path: '/no/such', exitCode: null, pid: undefined, usage: undefined},
    );
    assert.equal((error.cause as NodeJS.ErrnoException).code, 'ENOENT');
  });

  test('if the set-up fails, with its step', async () => {
    const error = await rejected(() => runInNamespace('true', [], {mountProc: '/no/such'}));
    assert.deepEqual([error.code, error.step], ['ENOENT', 'mountProc']);
  });

  test('only if reject is not false', async () => {
    const {exitCode} = await runInNamespace('sh', ['-c', 'exit 9'], {reject: false});
    assert.equal(exitCode, 9);
    const missing = await runInNamespace('/no/such', [], {reject: false});
    assert.deepEqual([missing.exitCode, missing.signal, missing.stdout], [null, null, '']);
  });
});

describe('nothing of a command is left after', () => {
  const marked = (options: RunOptions): [string, () => Promise<RunError>] => {
    const marker = uniqueDuration();
    const script = `setsid sleep ${marker} & echo started; sleep ${marker}`;
    return [marker, () => rejected(() => runInNamespace('sh', ['-c', script], options))];
  };

  test('timeout', async () => {
    const error = await beforeTimeout(async timeout => {
      const [marker, run] = marked({timeout, killSignal: 'SIGKILL'});
      const reason = await run();
      assert.deepEqual([reason.timedOut, reason.signal], [true, 'SIGKILL']);
      assert.deepEqual(findProcesses({marker}), []);
      return reason.stdout === '' ? undefined : reason;
    });
    assert.equal(error.stdout, 'started\n');
  });

  test('an AbortSignal, aborted before or during the run', async () => {
    const controller = new AbortController();
    const [marker, run] = marked({signal: controller.signal, killSignal: 'SIGKILL'});
    setImmediate(() => controller.abort(new Error('enough')));
    const error = await run();
    assert.equal(error.isCanceled, true);
    assert.deepEqual(findProcesses({marker}), []);
    const early = await rejected(() => runInNamespace('sleep', ['1000'], {signal: AbortSignal.abort()}));
    assert.equal(early.isCanceled, true);
  });

  test('maxBuffer', async () => {
    for (const to of ['1', '2']) {
      const error = await rejected(() => runInNamespace('sh', ['-c', `yes >&${to}`], {maxBuffer: 1000}));
      assert.equal(error.isMaxBuffer, true);
      assert.equal(error.stdout.length + error.stderr.length, 1000);
    }
    const exact = await runInNamespace('sh', ['-c', 'printf 12345'], {maxBuffer: 5});
    assert.deepEqual([exact.stdout, exact.isMaxBuffer], ['12345', false]);
  });
});

describe('input and encoding', () => {
  test('input may be a string, bytes or a stream', async () => {
    for (const input of ['ä text', Buffer.from('ä text'), Readable.from(['ä ', 'text'])]) {
      assert.equal((await runInNamespace('cat', [], {input})).stdout, 'ä text');
    }
    assert.equal((await runInNamespace('cat')).stdout, '');
  });

  test('megabytes of input and output pass through', async () => {
    const input = Buffer.alloc(8 << 20, 'x');
    const {stdout} = await runInNamespace('cat', [], {input, encoding: 'buffer'});
    assert.ok(stdout.equals(input));
  });

  test('a command that does not read all of its input succeeds', async () => {
    const {stdout} = await runInNamespace('head', ['-c', '3'], {input: Buffer.alloc(8 << 20, 'y')});
    assert.equal(stdout, 'yyy');
  });

  test('characters that arrive in pieces are decoded as a whole', async () => {
    const script = 'for byte in 342 202 254 360 237 230 200; do printf "\\\\$byte"; sleep 0.01; done';
    assert.equal((await runInNamespace('sh', ['-c', script])).stdout, '€😀');
  });

  test('encoding decodes the output', async () => {
    const run = (encoding: BufferEncoding) => runInNamespace('printf', ['\\377\\001'], {encoding});
    assert.equal((await run('hex')).stdout, 'ff01');
    assert.equal((await run('latin1')).stdout, '\xff\x01');
  });

  test('invalid values throw at once', () => {
    assert.throws(() => runInNamespace('true', [], {encoding: 'none' as 'utf8'}), {code: 'ERR_INVALID_ARG_VALUE'});
    assert.throws(() => runInNamespace('true', [], {maxBuffer: -1}), {code: 'ERR_OUT_OF_RANGE'});
    assert.throws(() => runInNamespace('true', [], {input: 5 as never}), {code: 'ERR_INVALID_ARG_TYPE'});
  });
});

test('lines() yields lines while the command runs, and the result contains them as well', async () => {
  let onFirst: () => void = () => {};
  const first = new Promise<void>(resolve => {
    onFirst = resolve;
  });
  async function* replies(): AsyncGenerator<string> {
    // The second line is written when the first has arrived.
    await first;
    yield 'two\n';
  }
  const run = runInNamespace('sh', ['-c', 'echo one; read reply; echo "$reply"; printf three'], {
    input: Readable.from(replies()),
  });
  const lines: string[] = [];
  for await (const line of run.lines()) {
    lines.push(line);
    onFirst();
  }
  assert.deepEqual(lines, ['one', 'two', 'three']);
  assert.equal((await run).stdout, 'one\ntwo\nthree');
});
