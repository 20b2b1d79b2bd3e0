// A command in namespaces, with the interface of child_process's ChildProcess.
import {ChildProcess} from 'node:child_process';
import {EventEmitter} from 'node:events';
import type {Readable, Writable} from 'node:stream';
import {invalidArgValue} from '../../errors/errors.js';
import {KnownOptions, namesOf} from '../../shared/known-options.js';
import type {NamespaceType} from '../../shared/namespace-types.js';
import {maxGraceMs, signalNumber, validateInteger, validateObject} from '../../shared/validate.js';
import type {CommandUsage, LaunchEvents} from '../channel/launch-events.js';
import type {Nsinit} from '../channel/nsinit.js';
import type {ChannelControl} from '../ipc/control.js';
import type {Enforced} from './enforced.js';
import {Lifecycle} from './lifecycle.js';
import type {PseudoTerminal} from './pseudo-terminal.js';
import type {ChildState, Started} from './started.js';

/** Options of {@link NamespacedProcess.shutdown}. */
export interface ShutdownOptions {
  /** The signal that the command receives first, 0 for none. Default: 'SIGTERM'. */
  signal?: NodeJS.Signals | number | undefined;
  /** The grace time in milliseconds, after which SIGKILL is sent. Default: 5000. */
  graceMs?: number | undefined;
  /** Which processes receive the signal: 'process' for the command alone, 'all' for every process of the namespace. Default: 'process'. */
  scope?: 'process' | 'all' | undefined;
}

const shutdownOptions = new KnownOptions(namesOf<ShutdownOptions>({signal: true, graceMs: true, scope: true}));

// Symbols instead of names keep these methods out of the public interface.

/** Passes nsinit to a child, or why it could not be launched. */
export const begin = Symbol('begin');

/** Why the sandbox of a command has ended before it, if it has. */
export const endReason = Symbol('endReason');

/** Where the events of its nsinit are delivered. */
export const launchEvents = Symbol('launchEvents');

/**
 * A command in namespaces. It has every property, method and event of the ChildProcess of child_process, and can be used wherever a
 * ChildProcess is expected.
 *
 * With the option `foreground` it also emits 'stopped' with the name of the signal when the command was stopped; once, until kill('SIGCONT') has
 * continued it.
 */
export class NamespacedProcess extends EventEmitter implements ChildState {
  /** The command's stdin if it is a pipe, otherwise null. */
  readonly stdin: Writable | null;
  /** The command's stdout if it is a pipe, otherwise null. */
  readonly stdout: Readable | null;
  /** The command's stderr if it is a pipe, otherwise null. */
  readonly stderr: Readable | null;
  /** The streams of all descriptors of the command, null for one that is not a pipe. */
  readonly stdio: [
    Writable | null,
    Readable | null,
    Readable | null,
    Readable | Writable | null | undefined,
    Readable | Writable | null | undefined,
  ];
  /** The command's pseudo-terminal, if the option `pty` is set. */
  readonly pty: PseudoTerminal | undefined;
  /** Whether kill() has sent a signal. */
  killed = false;
  /**
   * The PID of nsinit in the caller's PID namespace. nsinit is PID 1 of the new PID namespace, or a supervisor outside of it. It forwards
   * signals to the command. The PID is known at once. It is undefined if the set-up has failed.
   */
  pid?: number | undefined;
  /** The PID of the command in the caller's PID namespace, from 'spawn' on. */
  hostPid: number | undefined = undefined;
  /** The PID of the command in its own PID namespace, from 'spawn' on. */
  namespacePid: number | undefined = undefined;
  /**
   * The ids (inode numbers, as under /proc/PID/ns) of the namespaces that were created for it, by type, from 'spawn' on. It is empty if
   * there is no /proc to read them from.
   */
  namespaces: Readonly<Partial<Record<NamespaceType, number>>> = {};
  /** The exit code of the command once it has ended, or the negated errno if it could not be started. null if a signal has ended it. */
  exitCode: number | null = null;
  /** The signal that has ended the command, or null. */
  signalCode: NodeJS.Signals | null = null;
  /**
   * The signal that has ended nsinit before the command, and all processes of its PID namespace with it, or null. SIGKILL means that another
   * process, or killAll(), has killed nsinit. SIGHUP or SIGINT means that a process inside has called reboot(2) to restart or to halt. How the
   * command itself has ended is unknown then, and `signalCode` is SIGKILL.
   */
  initSignal: NodeJS.Signals | null = null;
  /**
   * With the option `reportForbidden`: the last call for which a process of the command was killed, such as 'ptrace'. If that was the command
   * itself, `signalCode` is 'SIGSYS'. Otherwise undefined.
   */
  forbiddenSyscall: string | undefined = undefined;
  /** Whether shutdown() or `forceKillAfterDelay` has used SIGKILL, because the command did not end within the grace time. */
  isForcefullyTerminated = false;
  /** What the command and its descendants have used, once it has ended. Times are in microseconds, memory is in KB. */
  usage: CommandUsage | undefined = undefined;
  /** The command. */
  readonly spawnfile: string;
  /** Its arguments, including argv[0]. */
  readonly spawnargs: string[];
  /** Whether messages can be sent, because there is an IPC channel and it is open. */
  connected = false;
  /** The IPC channel if `stdio` contains 'ipc', null once it is closed. Without 'ipc' it is undefined, as in child_process. */
  declare channel?: ChannelControl | null;
  /**
   * Sends a message over the IPC channel, as child_process does. Handles are refused. Without a channel the method is undefined, because
   * programs check whether it exists.
   *
   * @returns whether more can be sent at once; false if many messages are waiting, or the channel is closed
   * @throws ERR_MISSING_ARGS, ERR_INVALID_ARG_TYPE, ERR_INVALID_HANDLE_TYPE, and what the serialization of the message throws
   */
  declare send: ChildProcess['send'];
  /** Closes the IPC channel. Messages that were sent before still arrive. Without a channel it is undefined, as in child_process. */
  declare disconnect: ChildProcess['disconnect'];

  readonly #lifecycle: Lifecycle;
  readonly #started: Started;
  #enforced: Enforced | undefined;

  /** @internal Created by spawnInNamespace. */
  constructor(started: Started) {
    super();
    this.#started = started;
    const {streams, pty} = started;
    this.spawnfile = started.file;
    this.spawnargs = started.argv;
    // A copy: programs replace its entries, as execa does for its transforms.
    this.stdio = streams.slice() as unknown as NamespacedProcess['stdio'];
    this.stdin = streams[0] ?? null;
    this.stdout = streams[1] ?? null;
    this.stderr = streams[2] ?? null;
    this.pty = pty;
    this.#lifecycle = new Lifecycle(this, started);
  }

  /** What holds the command, from 'spawn' on: all of it was set before the command was executed. Before it is undefined. */
  get enforced(): Enforced | undefined {
    if (this.hostPid === undefined) return undefined;
    this.#enforced ??= this.#started.enforced();
    return this.#enforced;
  }

  /** @internal */
  [begin](launched: Nsinit | Error): void {
    this.#lifecycle.begin(launched);
  }

  /** @internal */
  get [launchEvents](): LaunchEvents {
    return this.#lifecycle;
  }

  /** @internal */
  get [endReason](): Error | undefined {
    return this.#lifecycle.endReason;
  }

  /**
   * Sends a signal to the command. Before 'spawn' the signal waits for the command.
   * @param signal - a name or number; 0 checks whether the command exists. Default: 'SIGTERM'
   * @returns whether the signal was sent
   * @throws ERR_UNKNOWN_SIGNAL
   */
  kill(signal?: NodeJS.Signals | number): boolean {
    const number = signal === 0 ? 0 : signalNumber(signal === undefined ? 'SIGTERM' : signal);
    const {isRunning, ends} = this.#lifecycle;
    return isRunning && (ends?.kill(number) ?? false);
  }

  /**
   * Asks the command to end. If it does not end within a grace time, it is ended by SIGKILL, with everything in its namespace.
   *
   * @param options - the signal and the grace time. Default: 'SIGTERM' and 5 seconds
   * @returns a promise that is fulfilled at 'close'
   * @throws by rejection: ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE, ERR_UNKNOWN_SIGNAL; NamespaceError EPERM if the kernel
   * refuses every way to end it
   */
  async shutdown(options?: ShutdownOptions): Promise<void> {
    if (options !== undefined) validateObject(options, 'options');
    const given = shutdownOptions.read(options);
    const graceMs = given.graceMs ?? 5000;
    const scope = given.scope ?? 'process';
    const number = given.signal === 0 ? 0 : signalNumber(given.signal ?? 'SIGTERM');
    validateInteger(graceMs, 'options.graceMs', 0, maxGraceMs);
    if (scope !== 'process' && scope !== 'all')
      throw invalidArgValue('options.scope', scope, "must be 'process' or 'all'");
    const {isRunning, isClosed, ends} = this.#lifecycle;
    if (isClosed) return;
    const closed = this.#lifecycle.whenClosed();
    if (isRunning) ends?.shutDown(number, scope === 'all' ? 'ALL' : 'PROCESS', graceMs);
    await closed;
  }

  /**
   * Ends everything in the namespace by SIGKILL, whatever the command does. It sends the signal to nsinit by its pidfd, and so works during the
   * set-up as well. For a command in a sandbox it ends only the process group of the command.
   * @returns whether there was something to end
   */
  killAll(): boolean {
    const {hasEnded, ends} = this.#lifecycle;
    return !hasEnded && (ends?.killAll() ?? false);
  }

  /** Keeps the event loop alive until the command has ended. This is the default. */
  ref(): void {
    this.#lifecycle.reference.ref();
  }

  /** Lets the program end before the command. */
  unref(): void {
    this.#lifecycle.reference.unref();
  }

  /** Kills the command. */
  [Symbol.dispose](): void {
    if (!this.killed) this.kill();
  }

  /** Ends everything in the namespace, and waits until it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#lifecycle.isClosed) return;
    const closed = this.#lifecycle.whenClosed();
    this.killAll();
    await closed;
  }
}

// Programs recognize a child by `child instanceof ChildProcess`. All methods of ChildProcess are overridden, and its constructor, which would
// create a handle of libuv, is not called.
Object.setPrototypeOf(NamespacedProcess.prototype, ChildProcess.prototype);
