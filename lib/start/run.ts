// runInNamespace: runs a command to its end, and collects its output.
import {invalidArgValue, outOfRange} from '../errors/errors.js';
import {pipeOfStdout, resolveStdio} from '../features/descriptors.js';
import {KnownOptions, namesOf} from '../shared/known-options.js';
import {own} from '../shared/own.js';
import {flagOr, isGiven} from '../shared/validate.js';
import {collect, type ResolvedCollect, resolveCollect} from './files/collect.js';
import type {StartWorker} from './files/worker.js';
import {Lingering} from './lingering.js';
import {callForm} from './options/command.js';
import {processOptions, spawnOptions} from './options/known.js';
import type {SpawnOptions} from './options/spawn-options.js';
import type {Collected} from './process/collected-files.js';
import {Collector, type Output} from './process/collector.js';
import {attend, killOnAbort, killOnTimeout} from './process/ends.js';
import {isUnkillable} from './process/failure.js';
import {checkInput, feed} from './process/input.js';
import {resolveKill} from './process/kill-options.js';
import {endReason, type NamespacedProcess} from './process/namespaced-process.js';
import {describeFailure, fieldsOf, RunError, type RunResult} from './process/result.js';
import {type Call, startCommand} from './process/start.js';
import type {AsBuffer, Rejecting, RunOptions, RunPromise} from './run-types.js';

const runNames = namesOf<Omit<RunOptions, keyof SpawnOptions>>({
  all: true,
  collect: true,
  input: true,
  maxBuffer: true,
  reject: true,
});
const runOptions = new KnownOptions([...spawnOptions.names, ...runNames], {of: 'runInNamespace()'});

/** The options of a sandbox's run(). */
export const sandboxRunOptions = new KnownOptions([...processOptions.names, ...runNames], {
  elsewhere: processOptions.elsewhere,
});

const defaultMaxBuffer = 100 * 1024 * 1024;

/**
 * Runs a command in new namespaces and collects its output.
 *
 * Privilege: as for {@link spawnInNamespace}. Linux 5.11.
 *
 * @param command - the command, which is looked up along PATH inside
 * @param args - its arguments. Default: none
 * @param options - the options of {@link spawnInNamespace}, and {@link RunOptions}
 * @returns a promise of the result. Unless `reject` is false, it rejects with a {@link RunError} if the command cannot be started, exits with
 * another code than 0, is ended by a signal, or is killed because of `timeout`, `signal` or `maxBuffer`
 * @throws as {@link spawnInNamespace} for a bad argument
 * @see namespaces(7), wait4(2)
 */
export function runInNamespace(command: string, options: RunOptions & AsBuffer & Rejecting): RunPromise<Buffer>;
export function runInNamespace(
  command: string,
  args: readonly string[] | null | undefined,
  options: RunOptions & AsBuffer & Rejecting,
): RunPromise<Buffer>;
export function runInNamespace(command: string, options: RunOptions & AsBuffer): RunPromise<Buffer, RunResult<Buffer>>;
export function runInNamespace(
  command: string,
  args: readonly string[] | null | undefined,
  options: RunOptions & AsBuffer,
): RunPromise<Buffer, RunResult<Buffer>>;
export function runInNamespace(command: string, options?: RunOptions & Rejecting): RunPromise;
export function runInNamespace(
  command: string,
  args?: readonly string[] | null,
  options?: RunOptions & Rejecting,
): RunPromise;
export function runInNamespace(command: string, options: RunOptions): RunPromise<string, RunResult>;
export function runInNamespace(
  command: string,
  args: readonly string[] | null | undefined,
  options: RunOptions,
): RunPromise<string, RunResult>;
export function runInNamespace(
  command: string,
  args?: unknown,
  options?: unknown,
): RunPromise<Output, RunResult<Output>> {
  const call = callForm<RunOptions>(command, args, options, runOptions);
  if (!isGiven(call.options.collect)) {
    return runCommand(call, {start: startCommand, isSandbox: false, startWorker: undefined, release: undefined});
  }
  const lingering = new Lingering();
  return runCommand(call, {
    start: given => startCommand(given, lingering),
    isSandbox: false,
    startWorker: process => lingering.startWorker(process),
    release: () => lingering.release(),
  });
}

/** Where a command runs. */
export interface Place {
  /** Starts it. */
  start(call: Call): NamespacedProcess;
  isSandbox: boolean;
  /** Starts a process that collects its files. */
  startWorker: StartWorker | undefined;
  /** Called when the files are collected. */
  release: (() => void) | undefined;
}

/** Runs a command to its end. */
export function runCommand(call: Call & {options: RunOptions}, place: Place): RunPromise<Output, RunResult<Output>> {
  const {input, init} = call.options;
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
  const all = flagOr(false, call.options.all, 'options.all');
  const wanted = isGiven(call.options.collect) ? resolveCollect(call.options.collect) : undefined;
  const kill = resolveKill(call.options);
  const started = performance.now();
  const child = place.start(all ? {...call, options: {...call.options, stdio: stdioOfAll(call.options)}} : call);
  const state: State = {
    timedOut: false,
    isMaxBuffer: false,
    isInputBroken: false,
    isCollectBroken: false,
    cause: undefined,
  };
  child.on('error', error => {
    state.cause ??= error;
  });
  const onMaxBuffer = (): boolean => {
    state.isMaxBuffer = true;
    const hasEnded = child.exitCode !== null || child.signalCode !== null;
    // When the command has ended, nsinit ends all other processes and reports what was used, unless it waits for them or for other commands.
    const endsTheRest = !place.isSandbox && !(typeof init === 'object' && own(init).waitForAll);
    if (!endsTheRest || !child.kill('SIGKILL')) child.killAll();
    return !hasEnded;
  };
  const {stdout, stderr} = attend(child, () => {
    killOnAbort(child, kill);
    killOnTimeout(child, kill, () => {
      state.timedOut = true;
    });
    // As the pipes, whose reading goes on when the command has ended.
    child.once('exit', () => child.pty?.resume());
    const collectors = {
      stdout: new Collector(child.pty ?? child.stdout, maxBuffer, onMaxBuffer),
      stderr: new Collector(child.stderr, maxBuffer, onMaxBuffer),
    };
    feed(child.pty ?? child.stdin, input, error => {
      state.cause ??= error;
      state.isInputBroken = true;
      child.kill('SIGKILL');
    });
    return collectors;
  });

  let collecting: Promise<Collected> | undefined;
  if (wanted !== undefined) {
    child.once('exit', () => {
      collecting = collectFiles(place, wanted, call.options, child).catch((error: Error) => {
        state.cause ??= error;
        state.isCollectBroken = state.cause === error;
        return nothingCollected();
      });
      collecting.then(() => place.release?.());
    });
  }

  const result = new Promise<RunResult<Output>>((resolve, fail) => {
    const settle = (): void => {
      if (collecting === undefined) finish(nothingCollected());
      else collecting.then(finish);
    };
    const finish = (collected: Collected): void => {
      const cause = state.cause ?? child[endReason];
      const output = stdout.output(encoding);
      const ending = {
        command: call.file,
        args: call.args.map(String),
        exitCode: child.pid === undefined ? null : child.exitCode,
        signal: child.signalCode,
        stdout: output,
        stderr: stderr.output(encoding),
        all: all ? output : undefined,
        durationMs: performance.now() - started,
        timedOut: state.timedOut,
        isCanceled: cause?.name === 'AbortError',
        isMaxBuffer: state.isMaxBuffer,
        isForcefullyTerminated: child.isForcefullyTerminated,
        initSignal: child.initSignal,
        forbiddenSyscall: child.forbiddenSyscall,
        usage: child.usage,
        pid: child.pid,
        namespacePid: child.namespacePid,
        ...collected,
      };
      const isStarted = child.hostPid !== undefined || child.signalCode !== null;
      const shortMessage = describeFailure(ending, {...state, cause, isStarted, timeout: kill.timeout, maxBuffer});
      const failed = shortMessage !== undefined;
      const outcome: RunResult<Output> = {...ending, failed, shortMessage, ...fieldsOf(cause)};
      if (failed && reject) fail(new RunError(outcome));
      else resolve(outcome);
    };
    child.once('close', settle);
    // If the kernel refuses every way to end the command, 'close' may never come.
    child.on('error', error => {
      if (isUnkillable(error)) settle();
    });
  });
  async function* lines(): AsyncGenerator<string, void, undefined> {
    // The loop reports the failure, so the promise need not be awaited as well.
    result.catch(() => {});
    yield* stdout.lines(encoding === 'buffer' ? 'utf8' : encoding);
    await result;
  }
  return Object.assign(result, {child, lines});
}

const nothingCollected = (): Collected => ({files: new Map(), filesLeftOut: []});

/** Collects the files of a command that has ended, unless its namespaces have ended with it, or nobody waits for them any more. */
async function collectFiles(
  {startWorker}: Place,
  wanted: ResolvedCollect,
  options: RunOptions,
  child: NamespacedProcess,
): Promise<Collected> {
  const isLost = child[endReason] !== undefined || child.initSignal !== null || options.signal?.aborted;
  return startWorker === undefined || isLost ? nothingCollected() : collect(startWorker, wanted, options);
}

/** The option `stdio` of a command whose stdout and stderr are one pipe. With a terminal they are one anyway. */
function stdioOfAll({stdio, pty}: RunOptions): SpawnOptions['stdio'] {
  if (pty) return stdio;
  const kinds = resolveStdio(stdio);
  if (kinds[1] !== 'pipe' || kinds[2] !== 'pipe') {
    throw invalidArgValue('options.stdio', stdio, "must have 'pipe' for 1 and 2 where there is options.all");
  }
  const entries: unknown[] = Array.isArray(stdio) ? stdio : [stdio, stdio, stdio];
  return [entries[0], 'pipe', pipeOfStdout, ...entries.slice(3)] as SpawnOptions['stdio'];
}

interface State {
  timedOut: boolean;
  isMaxBuffer: boolean;
  isInputBroken: boolean;
  isCollectBroken: boolean;
  cause: Error | undefined;
}
