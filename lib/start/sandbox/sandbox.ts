// A sandbox: namespaces with an nsinit that waits for commands.
import {EventEmitter} from 'node:events';
import type {NamespaceError} from '../../errors/errors.js';
import type {ProcessInfo} from '../../inspect/list-processes.js';
import type {Usage} from '../../shared/events.js';
import {PID_MAX_LIMIT} from '../../shared/kernel.js';
import type {NamespaceType} from '../../shared/namespace-types.js';
import {maxGraceMs, signalNumber, validateInteger} from '../../shared/validate.js';
import type {InitEnd} from '../channel/init-end.js';
import type {Failure, LaunchEvents} from '../channel/launch-events.js';
import type {
  Call,
  ChildOf,
  NamespacedProcessWithPty,
  NamespacedProcessWithStreams,
  OptionalCall,
  Pipes,
  StdioEntries,
  WithPty,
  WithStdio,
} from '../child-types.js';
import {list, readFile, remove, writeFile} from '../files/files.js';
import type {FileEntry, ListOptions, ReadFileOptions, RemoveOptions, WriteFileOptions} from '../files/options.js';
import type {StartWorker} from '../files/worker.js';
import {forkCall, type SandboxForkOptions, sandboxForkOptions} from '../fork.js';
import {callForm} from '../options/command.js';
import {processOptions} from '../options/known.js';
import type {ProcessOptions} from '../options/spawn-options.js';
import {EndPromises} from '../process/end-promises.js';
import {limit} from '../process/ends.js';
import type {Enforced} from '../process/enforced.js';
import {describeEnd, initBroken, initEnded, initEnding} from '../process/failure.js';
import {resolveKill} from '../process/kill-options.js';
import {launchEvents, type NamespacedProcess} from '../process/namespaced-process.js';
import type {RunResult} from '../process/result.js';
import {runCommand, sandboxRunOptions} from '../run.js';
import type {AsBuffer, Rejecting, RunOptions, RunPromise} from '../run-types.js';
import {SandboxCommands} from './commands.js';
import {enforcedByDefaults, withDefaults} from './defaults.js';
import {LastPidRequests} from './last-pid.js';
import {type CloseOptions, closeOptions, type SandboxRunOptions} from './options.js';
import type {SandboxParts} from './parts.js';
import {processesOf} from './processes.js';
import {shutDown} from './shut-down.js';

/**
 * Namespaces with an init, in which any number of commands run, one after another or at the same time. When nsinit has ended, and with it
 * every process of the sandbox, 'exit' is emitted with the exit code and the signal of nsinit.
 */
export class Sandbox extends EventEmitter {
  /** The PID of nsinit in the caller's PID namespace. */
  readonly pid: number;
  /** The ids (inode numbers, as under /proc/PID/ns) of the namespaces that were created for the sandbox, by type. */
  readonly namespaces: Readonly<Partial<Record<NamespaceType, number>>>;
  /** What holds every command of the sandbox: its namespaces, and its `defaults`. Each command has an `enforced` of its own. */
  readonly enforced: Enforced;

  /**
   * What the processes of the sandbox have used that had ended when the last command ended: commands, and what they have left behind. Times are
   * in microseconds, memory is in KB. undefined until a command has ended.
   */
  usage: Usage | undefined = undefined;

  readonly #parts: SandboxParts;
  readonly #commands: SandboxCommands;
  readonly #lastPid: LastPidRequests;
  readonly #closing = new EndPromises(this, 'exit');
  #isClosing = false;
  // Why nsinit has ended by itself.
  #failure: Error | undefined;
  #end: InitEnd | undefined;

  /** @internal Created by createSandbox. */
  constructor(parts: SandboxParts) {
    super();
    const {nsinit, pid, setup, steps, namespaces, defaults} = parts;
    this.pid = pid;
    this.namespaces = namespaces;
    this.enforced = enforcedByDefaults(setup, defaults);
    this.#parts = parts;
    this.#commands = new SandboxCommands(nsinit, setup, steps);
    this.#lastPid = new LastPidRequests(nsinit);
  }

  /** Whether nsinit has ended. */
  get closed(): boolean {
    return this.#end !== undefined;
  }

  /**
   * Starts a command in the sandbox. If it cannot be started, 'error' is emitted. If the sandbox ends before the command, because it is closed
   * or its nsinit has died, the command was killed: 'exit' has null and 'SIGKILL' (perhaps without 'spawn' before it), and `initSignal` is the
   * signal of nsinit. The `pid` of the child is that of nsinit, `hostPid` is that of the command from 'spawn' on. 'close' does not wait for
   * processes that the command leaves behind.
   *
   * @throws as {@link spawnInNamespace} for a bad argument
   * @throws NamespaceError ESRCH if the sandbox has ended, or is being closed
   */
  spawn(command: string, ...call: OptionalCall<ProcessOptions & Pipes>): NamespacedProcessWithStreams;
  spawn(command: string, ...call: Call<ProcessOptions & WithPty>): NamespacedProcessWithPty;
  spawn<Stdio extends StdioEntries>(command: string, ...call: Call<ProcessOptions & WithStdio<Stdio>>): ChildOf<Stdio>;
  spawn(command: string, ...call: Call<ProcessOptions>): NamespacedProcess;
  spawn(command: string, args?: unknown, options?: unknown): NamespacedProcess {
    const call = callForm<ProcessOptions>(command, args, options, processOptions);
    const given = withDefaults(this.#parts.defaults, call.options);
    const kill = resolveKill(given);
    const child = this.#start(call.file, call.args, given);
    limit(child, kill);
    return child;
  }

  /**
   * Runs a Node module in the sandbox, with an IPC channel: {@link forkInNamespace} for a sandbox.
   *
   * @throws as {@link spawn}
   */
  fork(modulePath: string | URL, args?: readonly string[] | null, options?: SandboxForkOptions): NamespacedProcess;
  fork(modulePath: string | URL, options?: SandboxForkOptions): NamespacedProcess;
  fork(modulePath: string | URL, args?: unknown, options?: unknown): NamespacedProcess {
    const call = forkCall(modulePath, args, options, sandboxForkOptions, this.#parts.defaults);
    return this.spawn(call.file, call.args, call.options);
  }

  /**
   * Runs a command in the sandbox and collects its output: {@link runInNamespace} for a sandbox. If the output exceeds `maxBuffer`, the
   * process group of the command is killed.
   *
   * @throws as {@link runInNamespace} and {@link spawn}
   */
  run(command: string, ...call: Call<SandboxRunOptions & AsBuffer & Rejecting>): RunPromise<Buffer>;
  run(command: string, ...call: Call<SandboxRunOptions & AsBuffer>): RunPromise<Buffer, RunResult<Buffer>>;
  run(command: string, ...call: OptionalCall<SandboxRunOptions & Rejecting>): RunPromise;
  run(command: string, ...call: Call<SandboxRunOptions>): RunPromise<string, RunResult>;
  run(command: string, args?: unknown, options?: unknown): RunPromise<string | Buffer, RunResult<string | Buffer>> {
    const call = callForm<RunOptions>(command, args, options, sandboxRunOptions);
    call.options = withDefaults(this.#parts.defaults, call.options);
    return runCommand(call, {
      start: ({file, args: words, options: given}) => this.#start(file, words, given),
      isSandbox: true,
      startWorker: this.#startWorker,
      release: undefined,
    });
  }

  /**
   * Reads a regular file inside, by its absolute path. No symbolic link is followed, and the event loop is not held. docs/files.md
   *
   * @param options - the encoding, or an object. Without an encoding the result is a Buffer
   * @throws by rejection: NamespaceError of the step `readFile`: ENOENT, EACCES, ELOOP for a symbolic link, EISDIR for a folder, EINVAL for a
   * FIFO, a socket or a device, EFBIG for a file that is larger than `maxSize`, ETIMEDOUT; ESRCH if the sandbox has ended
   */
  readFile(path: string, options: BufferEncoding | (ReadFileOptions & {encoding: BufferEncoding})): Promise<string>;
  readFile(path: string, options?: (ReadFileOptions & {encoding?: null | undefined}) | null): Promise<Buffer>;
  readFile(path: string, options?: ReadFileOptions | BufferEncoding | null): Promise<string | Buffer>;
  readFile(path: string, options?: ReadFileOptions | BufferEncoding | null): Promise<string | Buffer> {
    return readFile(this.#startWorker, path, options);
  }

  /**
   * Writes a file inside, or replaces one: a new file takes the place of the old one when it is complete. docs/files.md
   *
   * @param path - its absolute path inside
   * @param data - its content
   * @throws by rejection: NamespaceError of the step `writeFile`, as {@link Sandbox.readFile}, and ENOENT for a missing folder, EBUSY for a
   * file on which something is mounted, EROFS, ENOSPC, EPERM or EINVAL for an owner that is not mapped
   */
  writeFile(path: string, data: string | NodeJS.ArrayBufferView, options?: WriteFileOptions): Promise<void> {
    return writeFile(this.#startWorker, path, data, options);
  }

  /**
   * Lists the entries of a folder inside, or those below it that match a glob, in no particular order. The path is absolute. docs/files.md
   *
   * @throws by rejection: NamespaceError of the step `list`: ENOENT, EACCES, ENOTDIR, ELOOP, EOVERFLOW for more than `maxEntries`
   */
  list(path: string, options?: ListOptions): Promise<FileEntry[]> {
    return list(this.#startWorker, path, options);
  }

  /**
   * Removes a file or a folder inside. A symbolic link is removed itself, and no mount is entered. The path is absolute. docs/files.md
   *
   * @throws by rejection: NamespaceError of the step `remove`: ENOENT, EACCES, EPERM, ENOTEMPTY for a folder that is not empty, EBUSY for one
   * on which something is mounted, or below which
   */
  remove(path: string, options?: RemoveOptions): Promise<void> {
    return remove(this.#startWorker, path, options);
  }

  /**
   * Lists the processes of the sandbox, nsinit included, as {@link listProcesses} does.
   *
   * @throws NamespaceError ESRCH if the sandbox has ended
   */
  processes(): ProcessInfo[] {
    if (this.closed) throw this.#endError();
    return processesOf(this.pid, this.#parts.setup.namespaces.has('pid'));
  }

  /** Returns the PID that the PID namespace has assigned last: the file ns_last_pid. */
  lastPid(): Promise<number>;
  /**
   * Sets it, so that the next process receives the PID after it.
   *
   * Privilege: CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE over the PID namespace, and a /proc inside.
   */
  lastPid(pid: number): Promise<number>;
  async lastPid(pid?: number): Promise<number> {
    if (pid !== undefined) validateInteger(pid, 'pid', 1, PID_MAX_LIMIT);
    if (this.closed) throw this.#endError();
    return this.#lastPid.send(pid);
  }

  /**
   * Ends every process and the namespaces. With a grace time, the processes receive a signal first, and have that time to end. No further
   * command can be started meanwhile.
   *
   * @returns whether SIGKILL was needed
   */
  async close(options?: CloseOptions): Promise<{isForcefullyTerminated: boolean}> {
    const {signal, graceMs: given} = closeOptions.read(options);
    const graceMs = given ?? 0;
    validateInteger(graceMs, 'options.graceMs', 0, maxGraceMs);
    const number = signalNumber(signal ?? 'SIGTERM');
    if (!this.closed) {
      this.#isClosing = true;
      await shutDown(this.#parts.nsinit, this.#closing, number, graceMs);
    }
    return {isForcefullyTerminated: this.#end!.signal !== null || this.#end!.isForced};
  }

  /** Keeps the event loop alive until the sandbox has ended. This is the default. */
  ref(): void {
    if (!this.closed) this.#parts.reference.hold();
  }

  /** Lets the program end. The sandbox ends with it, unless `dieWithParent` is false. */
  unref(): void {
    this.#parts.reference.release();
  }

  /** Ends every process and the namespaces, and waits until they have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal */
  readonly [launchEvents]: LaunchEvents = {
    spawned: (id, spawned) => this.#commands.spawned(id, spawned),
    exited: (id, exited) => {
      this.usage = exited.total;
      this.#commands.exited(id, exited);
    },
    stopped: (id, signal) => this.#commands.stopped(id, signal),
    failed: (id, failure) => {
      if (id === 0) this.#failure = this.#parts.toError(failure);
      else this.#commands.failed(id, failure);
    },
    unkillable: failure => this.#onUnkillable(failure),
    lastPid: (request, result) => this.#lastPid.receive(request, result),
    ended: end => this.#onEnded(end),
  };

  #checkOpen(): void {
    if (this.closed) throw this.#endError();
    if (this.#isClosing) throw initEnding();
  }

  #endError(): NamespaceError {
    if (this.#isClosing) return initEnded('it was closed');
    const {firstStuck} = this.#commands;
    if (firstStuck !== undefined) return initEnded(`'${firstStuck}' was killed in it and did not end`);
    return initEnded(this.#failure?.message ?? describeEnd(this.#end!.signal));
  }

  readonly #startWorker: StartWorker = process => {
    this.#checkOpen();
    return this.#commands.startResolved(process);
  };

  #start(file: string, args: readonly string[], options: ProcessOptions): NamespacedProcess {
    this.#checkOpen();
    return this.#commands.start(file, args, options);
  }

  #onUnkillable(failure: Failure): void {
    this.#isClosing = false;
    this.#closing.reject(this.#parts.toError(failure));
    this.#commands.unkillable(failure);
  }

  #onEnded(end: InitEnd): void {
    this.#end = end;
    if (end.isBroken) this.#failure ??= initBroken();
    this.unref();
    this.#lastPid.end();
    this.#commands.ended(end, () => this.#endError());
    process.nextTick(() => this.emit('exit', end.exitCode, end.signal));
  }
}
