// The face of a command in namespaces: what child_process shows of a child, and more.
import {ChildProcess} from 'node:child_process';
import {EventEmitter} from 'node:events';
import type {Readable, Writable} from 'node:stream';
import type {Usage} from '../channel/events.js';
import type {LaunchEvents} from '../channel/launch-events.js';
import type {Nsinit} from '../channel/nsinit.js';
import {invalidArgValue} from '../errors.js';
import type {ChannelControl} from '../ipc/control.js';
import type {NamespaceType} from '../namespace-types.js';
import {own} from '../options/own.js';
import {maxGraceMs, signalNumber, validateInteger, validateObject} from '../validate.js';
import {Lifecycle} from './lifecycle.js';
import type {PseudoTerminal} from './pseudo-terminal.js';
import type {Started} from './started.js';

/** What a command and its descendants used. Counted by the kernel; times in microseconds, memory in KB. */
export interface CommandUsage extends Usage {
  /** The command alone, with the children that it waited for itself. */
  command: Usage;
}

/** Options of {@link NamespacedProcess.shutdown}. */
export interface ShutdownOptions {
  signal?: NodeJS.Signals | number | undefined;
  graceMs?: number | undefined;
  scope?: 'process' | 'all' | undefined;
}

// Symbols instead of names keep these methods out of the public interface.

/** Passes nsinit to a child, or why it could not be launched. */
export const begin = Symbol('begin');

/** Where the events of its nsinit are delivered. */
export const launchEvents = Symbol('launchEvents');

/**
 * A command in namespaces of its own. It has every property, method and event of child_process's ChildProcess, and can
 * stand where one is expected.
 */
export class NamespacedProcess extends EventEmitter {
  /** The command's stdin, where that is a pipe. */
  readonly stdin: Writable | null;
  /** The command's stdout, where that is a pipe. */
  readonly stdout: Readable | null;
  /** The command's stderr, where that is a pipe. */
  readonly stderr: Readable | null;
  /** Every descriptor's stream, where it is a pipe. */
  readonly stdio: [
    Writable | null,
    Readable | null,
    Readable | null,
    Readable | Writable | null | undefined,
    Readable | Writable | null | undefined,
  ];
  /** The command's pseudo-terminal, with the option `pty`. */
  readonly pty: PseudoTerminal | undefined;
  /** Whether kill() has sent a signal. */
  killed = false;
  /**
   * nsinit's PID, in the caller's PID namespace: PID 1 of a new one, or the supervisor. Signals sent to it reach the
   * command. Known at once; undefined where the set-up failed.
   */
  pid?: number | undefined;
  /** The command's PID in the caller's PID namespace, from 'spawn' on. */
  hostPid: number | undefined = undefined;
  /** The command's PID in its own PID namespace, from 'spawn' on. */
  namespacePid: number | undefined = undefined;
  /**
   * The ids (inode numbers, as under /proc/PID/ns) of the namespaces that were made for it, by type, from 'spawn' on. Empty
   * where there is no /proc to read them from.
   */
  namespaces: Readonly<Partial<Record<NamespaceType, number>>> = {};
  /** The command's exit code once it has ended, or the negative errno where it could not be started. */
  exitCode: number | null = null;
  /** The signal that ended the command. */
  signalCode: NodeJS.Signals | null = null;
  /**
   * The signal that ended nsinit, where it did not end by itself, and everything in its PID namespace with it: SIGKILL, somebody (or
   * killAll()) has killed it; SIGHUP or SIGINT, the inside has called reboot(2) to restart or to halt. Then the command's own
   * end is unknown, and told as SIGKILL.
   */
  initSignal: NodeJS.Signals | null = null;
  /** Whether shutdown() or `forceKillAfterDelay` had to use SIGKILL. */
  isForcefullyTerminated = false;
  /** What was used, once it has ended. */
  usage: CommandUsage | undefined = undefined;
  /** What was executed. */
  readonly spawnfile: string;
  readonly spawnargs: string[];
  /** Whether messages can be sent: there is an IPC channel, and it is open. */
  connected = false;
  /** The IPC channel, with 'ipc' in `stdio`; null once it is closed. Without one undefined, as in child_process. */
  declare channel?: ChannelControl | null;
  /**
   * Sends a message over the IPC channel, as child_process does; handles are refused. Without a channel undefined: programs ask for
   * it.
   *
   * @returns whether more can be sent at once: false where much is waiting, or the channel is closed
   * @throws ERR_MISSING_ARGS, ERR_INVALID_ARG_TYPE, ERR_INVALID_HANDLE_TYPE, and what the message's serialization throws
   */
  declare send: ChildProcess['send'];
  /** Closes the IPC channel; what was sent before still arrives. Without a channel undefined, as in child_process. */
  declare disconnect: ChildProcess['disconnect'];

  readonly #lifecycle: Lifecycle;

  /** @internal Created by spawnInNamespace. */
  constructor(started: Started) {
    super();
    const {streams, pty} = started;
    this.spawnfile = started.file;
    this.spawnargs = started.argv;
    this.stdio = streams as unknown as NamespacedProcess['stdio'];
    this.stdin = streams[0] ?? null;
    this.stdout = streams[1] ?? null;
    this.stderr = streams[2] ?? null;
    this.pty = pty;
    this.#lifecycle = new Lifecycle(this, started);
  }

  /** @internal */
  [begin](launched: Nsinit | Error): void {
    this.#lifecycle.begin(launched);
  }

  /** @internal */
  get [launchEvents](): LaunchEvents {
    return this.#lifecycle;
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
   * @param options - `signal`: the signal that the command receives, 0 for none. Default: 'SIGTERM'. `graceMs`: the grace time in milliseconds.
   * Default: 5000. `scope`: 'process' for the command alone, or 'all' for every process of the namespace. Default: 'process'
   * @returns a promise that is fulfilled at 'close'
   * @throws by rejection: ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE, ERR_UNKNOWN_SIGNAL; NamespaceError EPERM if the kernel
   * refuses every way to end it
   */
  async shutdown(options?: ShutdownOptions): Promise<void> {
    if (options !== undefined) validateObject(options, 'options');
    const {signal = 'SIGTERM', graceMs = 5000, scope = 'process'} = own<ShutdownOptions>(options);
    const number = signal === 0 ? 0 : signalNumber(signal);
    validateInteger(graceMs, 'options.graceMs', 0, maxGraceMs);
    if (scope !== 'process' && scope !== 'all')
      throw invalidArgValue('options.scope', scope, "must be 'process' or 'all'");
    const {isRunning, isClosed, ends} = this.#lifecycle;
    if (isClosed) return;
    const closed = this.#lifecycle.whenClosed();
    if (isRunning) ends?.shutDown(number, scope, graceMs);
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
    this.#lifecycle.ref();
  }

  /** Lets the program end before the command. */
  unref(): void {
    this.#lifecycle.unref();
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

// `child instanceof ChildProcess` is how programs tell a child from other streams and emitters. Its methods are all replaced, and
// its constructor, which makes a handle of libuv, is not called.
Object.setPrototypeOf(NamespacedProcess.prototype, ChildProcess.prototype);
