// The result of a command that has run to its end, and the error if it has failed.
import {own} from '../../shared/own.js';
import type {CommandUsage} from '../channel/launch-events.js';
import type {CollectedFile, LeftOutFile} from './collected-files.js';
import type {Output} from './collector.js';
import {describeEnd} from './failure.js';

/** How a command has ended, what it has written, and why it has failed. It has the same fields whether the command has failed or not. */
export interface RunResult<O extends Output = string> {
  /** The command. */
  command: string;
  /** Its arguments, without argv[0]. */
  args: string[];
  /** Whether it could not be started, has exited with another code than 0, or was killed. Its promise rejects then, unless `reject` is false. */
  failed: boolean;
  /** Why it has failed, in a few words: the message of the {@link RunError}. undefined if it has not failed. */
  shortMessage: string | undefined;
  /** The first error of the command or of its input, if there was one. */
  cause: Error | undefined;
  /** The exit code, or null if a signal has ended the command, or it could not be started. */
  exitCode: number | null;
  /** The signal that has ended the command, or null. */
  signal: NodeJS.Signals | null;
  /** What the command has written to stdout or its pseudo-terminal, empty if stdout was no pipe. */
  stdout: O;
  /** What the command has written to stderr, empty if stderr was no pipe. */
  stderr: O;
  /** With the option `all`: what it has written to stdout and stderr, in order. Otherwise undefined. */
  all: O | undefined;
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
  /** With `reportForbidden`: the last call for which a process of the command was killed, such as 'ptrace'. Otherwise undefined. */
  forbiddenSyscall: string | undefined;
  /** What the command and its descendants have used, in microseconds and KB; undefined if it could not be started, or nsinit was killed. */
  usage: CommandUsage | undefined;
  /** The PID of nsinit in the caller's PID namespace; undefined if the set-up has failed. */
  pid: number | undefined;
  /** The PID of the command in its own PID namespace. */
  namespacePid: number | undefined;
  /** The files that the option `collect` has collected, by their paths in the form of its patterns, in the order of these paths. */
  files: Map<string, CollectedFile>;
  /** What the patterns of `collect` match and was left out, and why. Folders are not mentioned. */
  filesLeftOut: LeftOutFile[];
  /** The `code` of `cause`, such as 'ENOENT'. */
  code: string | undefined;
  /** The `errno` of `cause`, which is negative. */
  errno: number | undefined;
  /** The `syscall` of `cause`. */
  syscall: string | undefined;
  /** The `path` of `cause`. */
  path: string | undefined;
  /** The step of the set-up that has failed: that of a {@link NamespaceError}. */
  step: string | undefined;
  /** Which entry of an option has failed: that of a {@link NamespaceError}. */
  index: number | undefined;
  /** What to do about it: that of a {@link NamespaceError}. */
  hint: string | undefined;
}

/** What a result has of its `cause`. */
type CauseFields = Pick<RunResult, 'cause' | 'code' | 'errno' | 'syscall' | 'path' | 'step' | 'index' | 'hint'>;

/** Returns the fields of a result that say why it has failed. */
export function fieldsOf(cause: Error | undefined): CauseFields {
  const {code, errno, syscall, path, step, index, hint} = own(cause as Partial<CauseFields> | undefined);
  return {cause, code, errno, syscall, path, step, index, hint};
}

// Fields are not declared again: the constructor of RunError assigns those of a result.
const ErrorWithResult = Error as unknown as new <O extends Output>(
  message: string,
  options?: ErrorOptions,
) => Error & Readonly<RunResult<O>>;

/** The error of a command that has failed. It has every field of {@link RunResult}. */
export class RunError<O extends Output = string> extends ErrorWithResult<O> {
  /** 'RunError'. */
  override name = 'RunError';

  constructor(result: RunResult<O>) {
    const {cause, ...fields} = result;
    super(result.shortMessage!, {cause});
    Object.assign(this, fields);
  }
}

type HowItEnded = Pick<
  RunResult,
  | 'command'
  | 'exitCode'
  | 'signal'
  | 'initSignal'
  | 'forbiddenSyscall'
  | 'isMaxBuffer'
  | 'timedOut'
  | 'isCanceled'
  | 'isForcefullyTerminated'
>;

/** Why a command was ended, as far as its result does not say so. */
export interface Ending {
  /** The first error. */
  cause: Error | undefined;
  isInputBroken: boolean;
  isCollectBroken: boolean;
  isStarted: boolean;
  timeout: number;
  maxBuffer: number;
}

/** Describes in a few words why a command has failed. Returns undefined if it has not. */
export function describeFailure(result: HowItEnded, ending: Ending): string | undefined {
  const {command, exitCode, signal, initSignal, forbiddenSyscall} = result;
  const {cause, isInputBroken, isCollectBroken, isStarted, timeout, maxBuffer} = ending;
  if (result.isMaxBuffer) return `'${command}' was killed: it wrote more than maxBuffer, ${maxBuffer} bytes`;
  if (result.timedOut) return `'${command}' was killed: it ran longer than timeout, ${timeout} ms`;
  if (result.isCanceled) return `'${command}' was killed: its signal was aborted`;
  if (isInputBroken) return `'${command}' was killed: its input failed: ${cause?.message}`;
  if (isCollectBroken) return `the files of '${command}' could not be collected: ${cause?.message}`;
  if (cause !== undefined) return `'${command}' ${isStarted ? 'was killed' : 'could not be started'}: ${cause.message}`;
  if (result.isForcefullyTerminated) return `'${command}' was killed: it did not end within its grace time`;
  if (initSignal !== null) return `'${command}' was killed with its namespace's init: ${describeEnd(initSignal)}`;
  if (signal === 'SIGSYS')
    return `'${command}' was killed by SIGSYS, for ${forbiddenSyscall ?? 'a forbidden system call'}`;
  if (signal !== null) return `'${command}' was killed by ${signal}`;
  return exitCode === 0 ? undefined : `'${command}' exited with ${exitCode}`;
}
