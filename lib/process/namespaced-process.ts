// A command in namespaces, as child_process shows a child.
import {AsyncResource} from 'node:async_hooks';
import {ChildProcess} from 'node:child_process';
import {channel} from 'node:diagnostics_channel';
import {EventEmitter} from 'node:events';
import type {Socket} from 'node:net';
import {constants} from 'node:os';
import type {Readable, Writable} from 'node:stream';
import {hold, release, type Usage} from '../channel/events.js';
import {
  type Ended,
  type Exited,
  type Failure,
  Launch,
  type LaunchEvents,
  type Spawned,
  signalScope,
} from '../channel/launch.js';
import {invalidArgValue} from '../errors.js';
import type {Channel, ChannelTarget} from '../ipc/channel.js';
import type {ChannelControl} from '../ipc/control.js';
import type {NamespaceType} from '../namespace-types.js';
import {native} from '../native.js';
import {manually, own} from '../options/own.js';
import type {ForceKill} from '../options/resolve.js';
import {maxGraceMs, signalName, signalNumber, validateInteger, validateObject} from '../validate.js';
import {initBroken} from './failure.js';
import type {PseudoTerminal} from './pseudo-terminal.js';
import {drain, finishStreams, startReading} from './streams.js';

/** What a command and its descendants used. Counted by the kernel; times in microseconds, memory in KB. */
export interface CommandUsage extends Usage {
  /** The command alone, with the children that it waited for itself. */
  command: Usage;
}

/** What a command knows of the sandbox that it is in. */
export interface SandboxOfCommand {
  /** Why the command ends when nsinit has ended before it. */
  initEnded(): Error;
  /** Ends the whole sandbox, since this command was killed and has not ended. */
  endFor(command: string): void;
}

/** What spawnInNamespace knows before it launches. */
export interface Started {
  /** The command's id in the launch. */
  id: number;
  file: string;
  argv: string[];
  streams: (Socket | null)[];
  /** Makes the IPC channel, where there is one. */
  openChannel: ((child: ChannelTarget, onClosed: () => void) => Channel) | undefined;
  pty: PseudoTerminal | undefined;
  /** The command's PID inside, where that is known beforehand. */
  fixedNamespacePid: number | undefined;
  /** In a sandbox, whose nsinit has other commands, too. */
  sandbox: SandboxOfCommand | undefined;
  forceKill: ForceKill | undefined;
  toError(failure: Failure): Error;
}

/** child_process's own diagnostics channel: what listens for children hears of these as well. */
const spawnings = channel('child_process');

/** Options of {@link NamespacedProcess.shutdown}. */
export interface ShutdownOptions {
  signal?: NodeJS.Signals | number | undefined;
  graceMs?: number | undefined;
  scope?: 'process' | 'all' | undefined;
}

const SIGKILL = 9;
const CLD_EXITED = 1;
// How long a command may take to end that was killed, and nsinit to read what was sent to it.
const patienceMs = 3000;
const {ESRCH, EPIPE, ECONNRESET} = constants.errno;
const initIsGone: ReadonlySet<number> = new Set([ESRCH, EPIPE, ECONNRESET]);

/** Where a launch's events go in: a symbol, so that it is no part of the public face. */
export const deliver = Symbol('deliver');

/** Where the launch goes in, once there is one. */
export const begin = Symbol('begin');

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

  #launch: Launch | undefined;
  readonly #id: number;
  readonly #channel: Channel | undefined;
  readonly #streams: readonly (Socket | null)[];
  readonly #toError: Started['toError'];
  readonly #fixedNamespacePid: number | undefined;
  readonly #sandbox: SandboxOfCommand | undefined;
  readonly #forceKill: ForceKill | undefined;
  #forceTimer: NodeJS.Timeout | undefined;
  #endTimer: NodeJS.Timeout | undefined;
  #isToEnd = false;
  // Told where the kernel refuses every way to end nsinit.
  readonly #waiting = new Set<(error: Error) => void>();
  // Events come from one native callback for all: each is told in the context of its own spawn, as AsyncLocalStorage expects.
  readonly #resource = new AsyncResource('NAMESPACEDPROCESS', manually);
  #isReferenced = false;
  // Its own end, and that of each stream.
  #closesToCome = 1;
  // The command is over; then nsinit, and with it all.
  #isOver = false;
  #hasEnded = false;
  #failure: Error | undefined;

  /** @internal Made by spawnInNamespace. */
  constructor(started: Started) {
    super();
    const {streams, pty} = started;
    this.#id = started.id;
    this.#streams = streams;
    this.#toError = started.toError;
    this.#fixedNamespacePid = started.fixedNamespacePid;
    this.#sandbox = started.sandbox;
    this.#forceKill = started.forceKill;
    this.spawnfile = started.file;
    this.spawnargs = started.argv;
    this.stdio = streams as unknown as NamespacedProcess['stdio'];
    this.stdin = streams[0] ?? null;
    this.stdout = streams[1] ?? null;
    this.stderr = streams[2] ?? null;
    this.pty = pty;
    for (const stream of streams) if (stream !== null) this.#closesWith(stream);
    if (pty !== undefined) this.#closesWith(pty);
    this.#channel = started.openChannel?.(this, () => this.#closed());
    if (this.#channel) this.#closesToCome++;
  }

  /** @internal Its launch, or why there is none. */
  [begin](launch: Launch | Error): void {
    if (launch instanceof Launch) {
      this.#launch = launch;
      this.pid = launch.pid;
      this.ref();
    } else {
      this.#failure = launch;
      this.exitCode = (launch as NodeJS.ErrnoException).errno ?? -1;
      process.nextTick(() => this.#finish());
    }
    if (spawnings.hasSubscribers) spawnings.publish({process: this});
  }

  /** @internal */
  readonly [deliver]: LaunchEvents = {
    spawned: (_, spawned) => this.#resource.runInAsyncScope(this.#onSpawned, this, spawned),
    exited: (_, exited) => this.#resource.runInAsyncScope(this.#onExited, this, exited),
    failed: (_, failure) => this.#onFailed(failure),
    unkillable: failure => this.#resource.runInAsyncScope(this.#onUnkillable, this, failure),
    ended: ended => this.#resource.runInAsyncScope(this.#onEnded, this, ended),
  };

  /**
   * Sends a signal to the command. Before 'spawn' it waits for the command.
   * @param signal - a name or number, default 'SIGTERM'; 0 asks whether the command is there
   * @returns whether it was sent
   * @throws ERR_UNKNOWN_SIGNAL
   */
  kill(signal?: NodeJS.Signals | number): boolean {
    const number = signal === 0 ? 0 : signalNumber(signal === undefined ? 'SIGTERM' : signal);
    if (this.#isOver || this.#launch === undefined) return false;
    const answer = this.#launch.signal(this.#id, number);
    // Where nsinit has just ended, so has the command, and its 'exit' is on the way. For child_process it is there until then.
    if (answer < 0 && !initIsGone.has(-answer) && !(number === SIGKILL && this.#endAnyhow())) return false;
    this.killed = true;
    if (number !== 0) this.#expectEnd(number === SIGKILL);
    if (this.#forceKill?.signals.has(number)) this.#forceAfter(this.#forceKill.delay);
    return true;
  }

  /**
   * Asks the command to end, and ends it with SIGKILL, with all that is in its namespace, when it does not.
   *
   * @param options - `signal`: what it gets, default 'SIGTERM', 0 for nothing; `graceMs`: how many milliseconds it has, default 5000; `scope`:
   * 'process', the command alone, or 'all', every process of the namespace. Default 'process'
   * @returns a promise that is fulfilled at 'close'
   */
  async shutdown(options?: ShutdownOptions): Promise<void> {
    if (options !== undefined) validateObject(options, 'options');
    const given = own<ShutdownOptions>(options);
    const graceMs = given.graceMs ?? 5000;
    const scope = given.scope ?? 'process';
    const number = given.signal === 0 ? 0 : signalNumber(given.signal ?? 'SIGTERM');
    validateInteger(graceMs, 'options.graceMs', 0, maxGraceMs);
    if (scope !== 'process' && scope !== 'all')
      throw invalidArgValue('options.scope', scope, "must be 'process' or 'all'");
    if (this.#closesToCome === 0) return;
    const closed = this.#whenClosed();
    if (!this.#isOver && this.#launch?.signal(this.#id, number, signalScope[scope]) === 0) this.killed = true;
    this.#forceAfter(graceMs);
    await closed;
  }

  #forceAfter(delay: number): void {
    if (this.#forceTimer !== undefined || this.#isOver) return;
    this.#forceTimer = setTimeout(() => {
      if (this.killAll()) this.isForcefullyTerminated = true;
    }, delay);
    this.#forceTimer.unref();
  }

  /**
   * Ends everything in the namespace with SIGKILL, through the pidfd of nsinit: whatever the command does, and in the middle of
   * the set-up too. Of a command in a sandbox it ends the process group alone.
   * @returns whether there was something to end
   */
  killAll(): boolean {
    if (this.#launch === undefined) return false;
    if (!this.#sandbox) return this.#launch.kill() === 0;
    if (this.#isOver) return false;
    // The group first: with the command gone nsinit knows neither.
    this.#launch.signal(this.#id, SIGKILL, signalScope.group);
    const answer = this.#launch.signal(this.#id, SIGKILL);
    this.#expectEnd(true);
    return answer === 0;
  }

  /**
   * Nsinit may be unable to do what it was asked for: the kernel refuses it, or a command holds it, or the command that was killed, by
   * a debugger for instance. Then all ends.
   * @param isCertain - whether the command has no choice but to end
   */
  #expectEnd(isCertain: boolean): void {
    if (this.#isOver || (this.#endTimer !== undefined && !isCertain)) return;
    clearTimeout(this.#endTimer);
    const heard = this.#launch!.heard;
    this.#endTimer = setTimeout(() => {
      this.#endTimer = undefined;
      if (isCertain || (this.#launch!.hasUnread && this.#launch!.heard === heard)) this.#endAnyhow();
    }, patienceMs).unref();
  }

  #endAnyhow(): boolean {
    this.#isToEnd = true;
    if (this.#sandbox === undefined) return this.#launch!.kill() === 0;
    this.#sandbox.endFor(this.spawnfile);
    return true;
  }

  /** Keeps the event loop alive until the command has ended. The default. */
  ref(): void {
    if (this.#isReferenced || this.#hasEnded || this.#launch === undefined) return;
    this.#isReferenced = true;
    hold();
  }

  /** Lets the program end before the command. */
  unref(): void {
    if (!this.#isReferenced) return;
    this.#isReferenced = false;
    release();
  }

  /** Kills the command. */
  [Symbol.dispose](): void {
    if (!this.killed) this.kill();
  }

  /** Ends everything in the namespace, and waits until it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closesToCome === 0) return;
    const closed = this.#whenClosed();
    this.killAll();
    await closed;
  }

  #whenClosed(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      this.once('close', () => {
        this.#waiting.delete(reject);
        resolve();
      });
    });
  }

  #onSpawned({hostPid, namespacePid, namespaces}: Spawned): void {
    this.hostPid = hostPid;
    this.namespacePid = this.#fixedNamespacePid ?? namespacePid;
    this.namespaces = namespaces;
    this.pty?.attach();
    try {
      this.emit('spawn');
    } finally {
      startReading(this.#streams);
    }
  }

  #onExited({exitCode, signal, all, command}: Exited): void {
    this.exitCode = exitCode;
    this.signalCode = signal === null ? null : signalName(signal);
    this.usage = {...all, command};
    this.#over();
    try {
      this.emit('exit', this.exitCode, this.signalCode);
    } finally {
      // Whatever a listener throws: 'close' comes.
      process.nextTick(drain, this.#streams);
      if (this.#sandbox) this.#leaveSandbox();
    }
  }

  /** What the command has left behind stays in the sandbox, and may hold its pipes open: nobody waits for that. */
  #leaveSandbox(): void {
    this.#hasEnded = true;
    this.unref();
    finishStreams(this.#streams);
    this.#channel?.finish();
    this.pty?.finish();
    this.#closed();
  }

  #onFailed(failure: Failure): void {
    // 'close' waits until nsinit is gone.
    this.#failure ??= this.#toError(failure);
    if (this.hostPid === undefined) this.exitCode = failure.errno;
    if (!this.#sandbox) return;
    this.#hasEnded = true;
    this.unref();
    this.#resource.runInAsyncScope(this.#finish, this);
  }

  /** Every way to end nsinit was refused. What child_process does where kill(2) is. */
  #onUnkillable(failure: Failure): void {
    // In a sandbox it may be another command that was to end.
    if (this.#sandbox !== undefined && !this.#isToEnd) return;
    const error = this.#toError(failure);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const reject of waiting) reject(error);
    if (waiting.length === 0 || this.listenerCount('error') > 0) this.emit('error', error);
  }

  #onEnded({code, status}: Ended): void {
    // Not before: 'close' is still to come.
    this.#hasEnded = true;
    this.unref();
    this.#channel?.finish();
    const isBroken = code === CLD_EXITED && status === native().protocol.exits.BROKEN && !this.#isOver;
    if (isBroken && !this.#sandbox) this.#failure ??= initBroken();
    if (this.#failure !== undefined && this.hostPid === undefined) {
      this.#finish();
      return;
    }
    if (!this.#isOver) {
      // nsinit has ended before its command, and with it the command: by somebody outside, by reboot(2) inside, or by killAll().
      this.exitCode = null;
      this.signalCode = 'SIGKILL';
      this.initSignal = code === CLD_EXITED ? null : signalName(code === 0 ? SIGKILL : status);
      this.#over();
      try {
        this.#tellEnd();
      } finally {
        process.nextTick(drain, this.#streams);
        this.#closed();
      }
      return;
    }
    this.#closed();
  }

  #tellEnd(): void {
    try {
      // Of its own nsinit child_process's users know nothing; that of a sandbox is somebody else's.
      if (this.#sandbox) this.emit('error', this.#sandbox.initEnded());
      else if (this.#failure) this.emit('error', this.#failure);
    } finally {
      this.emit('exit', this.exitCode, this.signalCode);
    }
  }

  /** The set-up failed: 'error' and 'close', but neither 'spawn' nor 'exit'. */
  #finish(): void {
    this.pid = undefined;
    this.#over();
    this.#channel?.finish();
    this.pty?.destroy();
    try {
      this.emit('error', this.#failure);
    } finally {
      process.nextTick(drain, this.#streams);
      this.#closed();
    }
  }

  #over(): void {
    this.#isOver = true;
    this.pty?.over();
    clearTimeout(this.#forceTimer);
    clearTimeout(this.#endTimer);
    this.stdin?.destroy();
  }

  #closesWith(stream: Socket | PseudoTerminal): void {
    this.#closesToCome++;
    stream.on('close', () => this.#closed());
  }

  #closed(): void {
    if (--this.#closesToCome > 0) return;
    this.emit('close', this.exitCode, this.signalCode);
  }
}

// `child instanceof ChildProcess` is how programs tell a child from other streams and emitters. Its methods are all replaced, and
// its constructor, which makes a handle of libuv, is not called.
Object.setPrototypeOf(NamespacedProcess.prototype, ChildProcess.prototype);
