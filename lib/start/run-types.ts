// The options and the results of runInNamespace, as users see them.
import type {Readable} from 'node:stream';
import type {CommandUsage} from './channel/launch-events.js';
import type {CollectOptions} from './files/collect.js';
import type {SpawnOptions} from './options/spawn-options.js';
import type {Output} from './process/collector.js';
import type {NamespacedProcess} from './process/namespaced-process.js';
import type {RunResult} from './process/result.js';

/** Options of {@link runInNamespace}. */
export interface RunOptions extends SpawnOptions {
  /** The encoding of the output as strings, or 'buffer' for Buffers. Default: 'utf8'. */
  encoding?: BufferEncoding | 'buffer' | undefined;
  /** What is written to the command's stdin. Default: nothing. */
  input?: string | Uint8Array | Readable | undefined;
  /**
   * How many bytes of stdout, and of stderr, are kept at most. A command that writes more is killed with everything in its namespace, and
   * `isMaxBuffer` of the result is true. Default: 100 MB.
   */
  maxBuffer?: number | undefined;
  /**
   * Whether stdout and stderr are one pipe, so that `all` of the result has the output of both in the order in which it was written. `stdout`
   * of the result is the same then, and `stderr` is empty. Both must be 'pipe' in `stdio`. Default: false.
   */
  all?: boolean | undefined;
  /**
   * Files that are read when the command has ended, before its mounts are gone: globs, relative to its working directory or absolute, or an
   * object with limits. `*`, `?`, `[a-z]`, `{a,b}` and `**` have their usual meaning, and names that begin with a dot must be named. They are in
   * `files` of the result, also if the command has failed. docs/files.md. Default: none.
   */
  collect?: readonly string[] | CollectOptions | undefined;
  /** Whether the promise rejects if the command fails. Default: true. */
  reject?: boolean | undefined;
}

/** The options of a command whose output is returned as Buffers. */
export interface AsBuffer {
  encoding: 'buffer';
}

/** The options of a command whose promise rejects if it fails. */
export interface Rejecting {
  reject?: true | undefined;
}

/** The result of a command that has not failed, which is what the promise is fulfilled with unless `reject` is false. */
export interface RunSuccess<O extends Output = string> extends RunResult<O> {
  /** It has not failed. */
  failed: false;
  /** There is nothing to say. */
  shortMessage: undefined;
  /** The exit code. */
  exitCode: 0;
  /** No signal has ended it. */
  signal: null;
  /** What the command and its descendants have used. */
  usage: CommandUsage;
  /** The PID of nsinit in the caller's PID namespace. */
  pid: number;
  /** The PID of the command in its own PID namespace. */
  namespacePid: number;
}

/** A promise of a result, which gives access to the running command. */
export interface RunPromise<O extends Output = string, Result extends RunResult<O> = RunSuccess<O>>
  extends Promise<Result> {
  /** The running command. */
  readonly child: NamespacedProcess;
  /**
   * Returns the lines of stdout, without their ends, as the command writes them. They are part of the result as well. If the promise rejects,
   * the loop throws the same error after the last line.
   */
  lines(): AsyncGenerator<string, void, undefined>;
}
