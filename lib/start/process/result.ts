// The result of a command that has run to its end, and the error if it has failed.
import {own} from '../../shared/own.js';
import type {Output} from './collector.js';
import {describeEnd} from './failure.js';
import type {CommandUsage} from './started.js';

/** How a command has ended, and what it has written. */
export interface RunResult<O extends Output = string> {
  /** The command. */
  command: string;
  /** Its arguments, without argv[0]. */
  args: string[];
  /** The exit code, or null if a signal has ended the command, or it could not be started. */
  exitCode: number | null;
  /** The signal that has ended the command, or null. */
  signal: NodeJS.Signals | null;
  /** What the command has written to stdout, empty if stdout was no pipe. */
  stdout: O;
  /** What the command has written to stderr, empty if stderr was no pipe. */
  stderr: O;
  /** The time from the call to 'close' in milliseconds. */
  durationMs: number;
  /** Whether `timeout` has ended it. */
  timedOut: boolean;
  /** Whether `signal` has ended it. */
  isCanceled: boolean;
  /** Whether it has written more than `maxBuffer`. */
  isMaxBuffer: boolean;
  /** Whether it did not end within its grace time, that of `forceKillAfterDelay` or shutdown(), and SIGKILL has ended it. */
  isForcefullyTerminated: boolean;
  /**
   * The signal that has ended nsinit before the command, and all other processes with it, or null. SIGKILL means that another process, or
   * killAll(), has killed nsinit. SIGHUP or SIGINT means that a process inside has called reboot(2).
   */
  initSignal: NodeJS.Signals | null;
  /** What the command and its descendants have used; undefined if it could not be started, or nsinit was killed. */
  usage: CommandUsage | undefined;
  /** The PID of nsinit in the caller's PID namespace; undefined if the set-up has failed. */
  pid: number | undefined;
  /** The PID of the command in its own PID namespace. */
  namespacePid: number | undefined;
}

/** What a RunError takes over from its `cause`. */
interface CauseFields {
  readonly code?: string;
  readonly errno?: number;
  readonly syscall?: string;
  readonly path?: string;
  readonly step?: string;
  readonly hint?: string;
}

const causeFields = ['code', 'errno', 'syscall', 'path', 'step', 'hint'] as const satisfies (keyof CauseFields)[];

// Fields are not declared again: the constructor of RunError assigns those of a result.
const ErrorWithResult = Error as unknown as new <O extends Output>(
  message: string,
  options?: ErrorOptions,
) => Error & Readonly<RunResult<O>> & CauseFields;

/**
 * The error of a command that has failed. It has every field of {@link RunResult}. If the command could not be started, it also has `code`,
 * `errno`, `syscall`, `path`, `step` and `hint` of the error that is its `cause`.
 */
export class RunError<O extends Output = string> extends ErrorWithResult<O> {
  /** 'RunError'. */
  override name = 'RunError';

  constructor(message: string, result: RunResult<O>, cause?: Error) {
    super(message, cause === undefined ? undefined : {cause});
    Object.assign(this, result);
    const fields = own(cause as CauseFields | undefined);
    for (const name of causeFields) if (fields[name] !== undefined) Object.assign(this, {[name]: fields[name]});
  }
}

/** Why a command was ended, as far as its result does not say so. */
export interface Ending {
  /** The first error. */
  cause: Error | undefined;
  isInputBroken: boolean;
  isStarted: boolean;
  timeout: number;
  maxBuffer: number;
}

/** Describes in a few words why a command has failed. Returns undefined if it has not. */
export function describeFailure(result: RunResult<Output>, ending: Ending): string | undefined {
  const {command, exitCode, signal, initSignal} = result;
  const {cause, isInputBroken, isStarted, timeout, maxBuffer} = ending;
  if (result.isMaxBuffer) return `'${command}' was killed: it wrote more than maxBuffer, ${maxBuffer} bytes`;
  if (result.timedOut) return `'${command}' was killed: it ran longer than timeout, ${timeout} ms`;
  if (result.isCanceled) return `'${command}' was killed: its signal was aborted`;
  if (isInputBroken) return `'${command}' was killed: its input failed: ${cause?.message}`;
  if (cause !== undefined) return `'${command}' ${isStarted ? 'was killed' : 'could not be started'}: ${cause.message}`;
  if (result.isForcefullyTerminated) return `'${command}' was killed: it did not end within its grace time`;
  if (initSignal !== null) return `'${command}' was killed with its namespace's init: ${describeEnd(initSignal)}`;
  if (signal !== null) return `'${command}' was killed by ${signal}`;
  return exitCode === 0 ? undefined : `'${command}' exited with ${exitCode}`;
}
