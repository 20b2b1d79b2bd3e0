// runInNamespace: a command to its end, with its output collected.
import {pipeline, type Readable} from 'node:stream';
import {errnoName} from './errno.js';
import {invalidArgType, invalidArgValue, outOfRange} from './errors.js';
import {resolveStdio} from './features/descriptors.js';
import {callForm} from './options/command.js';
import {own} from './options/own.js';
import type {SpawnOptions} from './options/spawn-options.js';
import {Collector, type Output} from './process/collector.js';
import {attend, killOnAbort, killOnTimeout, resolveKill} from './process/deadline.js';
import {describeEnd, isUnkillable} from './process/failure.js';
import type {CommandUsage, NamespacedProcess} from './process/namespaced-process.js';
import {type Call, startCommand} from './process/start.js';
import {isGiven} from './validate.js';

/** Options of {@link runInNamespace}. */
export interface RunOptions extends SpawnOptions {
  /** How output becomes strings; 'buffer' gives Buffers. Default 'utf8'. */
  encoding?: BufferEncoding | 'buffer' | undefined;
  /** What goes to the command's stdin. */
  input?: string | Uint8Array | Readable | undefined;
  /**
   * The most bytes of stdout, and of stderr, that are kept. A command that writes more is killed with everything in its
   * namespace, and the result says `isMaxBuffer`. Default 100 MB.
   */
  maxBuffer?: number | undefined;
  /** Whether a command that fails rejects the promise. Default true. */
  reject?: boolean | undefined;
}

/** How a command ended, and what it wrote. */
export interface RunResult<O extends Output = string> {
  /** What was executed. */
  command: string;
  args: string[];
  /** null where a signal ended it, or where it could not be started. */
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** What it wrote, where stdio made a pipe of it; else empty. */
  stdout: O;
  stderr: O;
  /** From the call to 'close', in milliseconds. */
  durationMs: number;
  /** Whether `timeout` ended it. */
  timedOut: boolean;
  /** Whether `signal` ended it. */
  isCanceled: boolean;
  /** Whether it wrote more than `maxBuffer`. */
  isMaxBuffer: boolean;
  /** Whether it outlived its grace time, of `forceKillAfterDelay` or shutdown(), and SIGKILL ended it. */
  isForcefullyTerminated: boolean;
  /**
   * The signal that ended nsinit before the command, and everything with it; else null. SIGKILL: somebody, or killAll(), has killed
   * it; SIGHUP or SIGINT: the inside has called reboot(2).
   */
  initSignal: NodeJS.Signals | null;
  /** What it and its descendants used; undefined where it could not be started, or nsinit was killed. */
  usage: CommandUsage | undefined;
  /** nsinit's PID, in the caller's PID namespace; undefined where the set-up failed. */
  pid: number | undefined;
  /** The command's PID in its own PID namespace. */
  namespacePid: number | undefined;
}

/** A command that failed: it has every field of the result. */
export class RunError<O extends Output = string> extends Error implements RunResult<O> {
  override name = 'RunError';
  declare readonly command: string;
  declare readonly args: string[];
  declare readonly exitCode: number | null;
  declare readonly signal: NodeJS.Signals | null;
  declare readonly stdout: O;
  declare readonly stderr: O;
  declare readonly durationMs: number;
  declare readonly timedOut: boolean;
  declare readonly isCanceled: boolean;
  declare readonly isMaxBuffer: boolean;
  declare readonly isForcefullyTerminated: boolean;
  declare readonly initSignal: NodeJS.Signals | null;
  declare readonly usage: CommandUsage | undefined;
  declare readonly pid: number | undefined;
  declare readonly namespacePid: number | undefined;
  /** Where the command could not be started: the fields of the error that says why, which is the `cause`. */
  declare readonly code?: string;
  declare readonly errno?: number;
  declare readonly syscall?: string;
  declare readonly path?: string;
  declare readonly step?: string;
  declare readonly hint?: string;

  constructor(message: string, result: RunResult<O>, cause?: Error) {
    super(message, cause === undefined ? undefined : {cause});
    Object.assign(this, result);
    const {code, errno, syscall, path, step, hint} = own(cause as Partial<RunError> | undefined);
    for (const [field, value] of Object.entries({code, errno, syscall, path, step, hint})) {
      if (value !== undefined) Object.assign(this, {[field]: value});
    }
  }
}

/** The promise of a result, which is also the lines of stdout as they come. */
export interface RunPromise<O extends Output = string> extends Promise<RunResult<O>> {
  /** The running command. */
  readonly child: NamespacedProcess;
  /**
   * The lines of stdout without their ends, as they come. The result is still collected. Where the promise rejects, the loop
   * throws the same error after the last line.
   */
  lines(): AsyncGenerator<string, void, undefined>;
}

const defaultMaxBuffer = 100 * 1024 * 1024;

/**
 * Runs a command in new namespaces and collects its output.
 *
 * @returns a promise of the result; it rejects where the command cannot be started, ends with another code than 0 or by a
 * signal, runs into `timeout`, `signal` or `maxBuffer`, unless `reject` is false
 * @throws for bad arguments as spawnInNamespace does, at once
 */
export function runInNamespace(
  command: string,
  args: readonly string[] | null | undefined,
  options: RunOptions & {encoding: 'buffer'},
): RunPromise<Buffer>;
export function runInNamespace(command: string, options: RunOptions & {encoding: 'buffer'}): RunPromise<Buffer>;
export function runInNamespace(command: string, options?: RunOptions): RunPromise;
export function runInNamespace(command: string, args?: readonly string[] | null, options?: RunOptions): RunPromise;
export function runInNamespace(command: string, args?: unknown, options?: unknown): RunPromise<Output> {
  return runCommand(callForm<RunOptions>(command, args, options), startCommand);
}

/** A command to its end, wherever it is started. */
export function runCommand(
  call: Call & {options: RunOptions},
  startIt: (call: Call) => NamespacedProcess,
  isInSandbox = false,
): RunPromise<Output> {
  const {input} = call.options;
  const encoding = call.options.encoding ?? 'utf8';
  const maxBuffer = call.options.maxBuffer ?? defaultMaxBuffer;
  const reject = call.options.reject ?? true;
  if (encoding !== 'buffer' && !Buffer.isEncoding(encoding)) {
    throw invalidArgValue('options.encoding', encoding, "must be an encoding or 'buffer'");
  }
  if (typeof maxBuffer !== 'number' || !(maxBuffer >= 0)) {
    throw outOfRange('options.maxBuffer', 'a positive number', maxBuffer);
  }
  checkInput(input, call.options.stdio);
  const kill = resolveKill(call.options);
  const started = performance.now();
  const child = startIt(call);
  const state: State = {timedOut: false, isMaxBuffer: false, isInputBroken: false, cause: undefined};
  child.on('error', error => {
    state.cause ??= error;
  });
  const {init} = call.options;
  const tooMuch = (): boolean => {
    state.isMaxBuffer = true;
    const isOver = child.exitCode !== null || child.signalCode !== null;
    // With the command's end nsinit ends all the rest and tells what was used, unless it waits for the rest or for further commands.
    const endsTheRest = !isInSandbox && !(typeof init === 'object' && own(init).waitForAll);
    if (!endsTheRest || !child.kill('SIGKILL')) child.killAll();
    return !isOver;
  };
  const {stdout, stderr} = attend(child, () => {
    killOnAbort(child, kill);
    killOnTimeout(child, kill, () => {
      state.timedOut = true;
    });
    const collectors = {
      stdout: new Collector(child.stdout, maxBuffer, tooMuch),
      stderr: new Collector(child.stderr, maxBuffer, tooMuch),
    };
    feed(child, input, error => {
      state.cause ??= error;
      state.isInputBroken = true;
      child.kill('SIGKILL');
    });
    return collectors;
  });

  const result = new Promise<RunResult<Output>>((resolve, fail) => {
    const settle = (): void => {
      const outcome: RunResult<Output> = {
        command: call.file,
        args: call.args.map(String),
        exitCode: child.pid === undefined ? null : child.exitCode,
        signal: child.signalCode,
        stdout: stdout.output(encoding),
        stderr: stderr.output(encoding),
        durationMs: performance.now() - started,
        timedOut: state.timedOut,
        isCanceled: state.cause?.name === 'AbortError',
        isMaxBuffer: state.isMaxBuffer,
        isForcefullyTerminated: child.isForcefullyTerminated,
        initSignal: child.initSignal,
        usage: child.usage,
        pid: child.pid,
        namespacePid: child.namespacePid,
      };
      const problem = describe(outcome, {...state, isStarted: child.hostPid !== undefined}, kill.timeout, maxBuffer);
      if (problem === undefined || !reject) resolve(outcome);
      else fail(new RunError(problem, outcome, state.cause));
    };
    child.once('close', settle);
    // It goes on for as long as it likes: the kernel refuses to end it.
    child.on('error', error => {
      if (isUnkillable(error)) settle();
    });
  });
  async function* lines(): AsyncGenerator<string, void, undefined> {
    // Who reads the lines hears of the failure here, and need not wait for the promise as well.
    result.catch(() => {});
    yield* stdout.lines(encoding === 'buffer' ? 'utf8' : encoding);
    await result;
  }
  return Object.assign(result, {child, lines});
}

interface State {
  timedOut: boolean;
  isMaxBuffer: boolean;
  isInputBroken: boolean;
  cause: Error | undefined;
}

function checkInput(input: unknown, stdio: unknown): void {
  if (!isGiven(input)) return;
  if (resolveStdio(stdio)[0] !== 'pipe') {
    throw invalidArgValue('options.input', input, "needs 'pipe' as the first of options.stdio");
  }
  if (typeof input === 'string' || input instanceof Uint8Array) return;
  if (typeof (input as Readable | null)?.pipe === 'function') return;
  throw invalidArgType('options.input', 'of type string or an instance of Uint8Array or Readable', input);
}

function feed({stdin}: NamespacedProcess, input: RunOptions['input'], onError: (error: Error) => void): void {
  if (stdin === null) return;
  // A command that does not read its input to the end is no error: it may know enough. What the system refuses to write is one.
  stdin.on('error', (error: NodeJS.ErrnoException) => {
    if (error.syscall !== 'write' || isUnread(error)) return;
    // Node does not know them all.
    onError(Object.assign(error, {code: errnoName(error.errno!)}));
  });
  if (!isGiven(input)) stdin.end();
  else if (typeof input === 'string' || input instanceof Uint8Array) stdin.end(input);
  else {
    // An input that breaks off must not look like one that ends. Heard before `pipeline` passes the error on to stdin.
    input.once('error', error => {
      // Not where the command closed its stdin: `pipeline` tells the input so.
      if (error !== stdin.errored && (error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE')
        onError(error);
    });
    pipeline(input, stdin, () => {});
  }
}

/** Whether a write failed since nobody reads any more. */
function isUnread({code}: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'ECONNRESET' || code === 'ECANCELED';
}

/** What went wrong, in a few words; undefined where nothing did. */
function describe(
  {command, exitCode, signal, timedOut, isCanceled, isMaxBuffer, isForcefullyTerminated, initSignal}: RunResult<Output>,
  {cause, isInputBroken, isStarted}: State & {isStarted: boolean},
  timeout: number,
  maxBuffer: number,
): string | undefined {
  if (isMaxBuffer) return `'${command}' was killed: it wrote more than maxBuffer, ${maxBuffer} bytes`;
  if (timedOut) return `'${command}' was killed: it ran longer than timeout, ${timeout} ms`;
  if (isCanceled) return `'${command}' was killed: its signal was aborted`;
  if (isInputBroken) return `'${command}' was killed: its input failed: ${cause?.message}`;
  if (cause !== undefined) return `'${command}' ${isStarted ? 'was killed' : 'could not be started'}: ${cause.message}`;
  if (isForcefullyTerminated) return `'${command}' was killed: it did not end within its grace time`;
  if (initSignal !== null) return `'${command}' was killed with its namespace's init: ${describeEnd(initSignal)}`;
  if (signal !== null) return `'${command}' was killed by ${signal}`;
  return exitCode === 0 ? undefined : `'${command}' exited with ${exitCode}`;
}
