// The life of a command from its launch to 'close': the state and the events of a NamespacedProcess.
import {AsyncResource} from 'node:async_hooks';
import {channel} from 'node:diagnostics_channel';
import type {Duplex} from 'node:stream';
import {SIGKILL} from '../../shared/kernel.js';
import {manually} from '../../shared/own.js';
import {signalName} from '../../shared/validate.js';
import type {InitEnd} from '../channel/init-end.js';
import type {Exited, Failure, LaunchEvents, Spawned} from '../channel/launch-events.js';
import {Nsinit} from '../channel/nsinit.js';
import type {Channel} from '../ipc/channel.js';
import {ArrivedFirst} from './arrived-first.js';
import {CommandReference} from './command-reference.js';
import {EndPromises} from './end-promises.js';
import {Ends} from './ends.js';
import {initBroken} from './failure.js';
import type {ChildState, Started} from './started.js';
import {drain, finishStreams, isUnread, startReading} from './streams.js';

/**
 * The phases of a command:
 * - running: it has not ended, and may not have been executed yet
 * - exited: it has ended, its nsinit has not
 * - ended: its nsinit has ended too, or belongs to a sandbox, or was never started
 */
type Phase = 'running' | 'exited' | 'ended';

// Subscribers of child_process's diagnostics channel are informed of these children as well.
const spawnings = channel('child_process');

/** Receives the events of nsinit that concern one command, and emits those of its child. */
export class Lifecycle implements LaunchEvents {
  /** Undefined if there is no nsinit. */
  ends: Ends | undefined;
  readonly reference = new CommandReference();
  /** Why the sandbox of the command has ended before it. */
  endReason: Error | undefined;
  readonly #child: ChildState;
  readonly #started: Started;
  readonly #channel: Channel | undefined;
  // Events come from one native callback for all commands. Each runs in the context of its own spawn, as AsyncLocalStorage expects.
  readonly #resource = new AsyncResource('NAMESPACEDPROCESS', manually);
  readonly #arrived: ArrivedFirst;
  readonly #closing: EndPromises;
  /** The processes that were ended for a forbidden call. */
  readonly #forbidden = new Set<number>();
  #phase: Phase = 'running';
  #isSpawned = false;
  #failure: Error | undefined;
  // 'close' comes after the end of the command, and the close of each stream and of the IPC channel.
  #pendingCloses = 1;

  constructor(child: ChildState, started: Started) {
    this.#child = child;
    this.#started = started;
    this.#closing = new EndPromises(child, 'close');
    this.#arrived = new ArrivedFirst(() => child.connected || started.streams.some(isUnread));
    for (const stream of started.streams) if (stream !== null) this.#waitForClose(stream);
    if (started.pty !== undefined) this.#waitForClose(started.pty);
    if (started.syscalls) {
      started.syscalls.onFailure = error => this.#resource.runInAsyncScope(this.#onUndecided, this, error);
      started.syscalls.onForbidden = (name, pid) => this.#onForbidden(name, pid);
    }
    this.#channel = started.openChannel?.(child, () => this.#closed());
    if (this.#channel) this.#pendingCloses++;
  }

  #waitForClose(stream: Duplex): void {
    this.#pendingCloses++;
    stream.on('close', () => this.#closed());
  }

  get isRunning(): boolean {
    return this.#phase === 'running';
  }

  get hasEnded(): boolean {
    return this.#phase === 'ended';
  }

  /** Whether 'close' has been emitted. */
  get isClosed(): boolean {
    return this.#pendingCloses === 0;
  }

  /** Returns a promise that is fulfilled at 'close'. */
  whenClosed(): Promise<void> {
    return this.#closing.next();
  }

  /** @param launched - nsinit, or why the command could not be launched */
  begin(launched: Nsinit | Error): void {
    const child = this.#child;
    if (launched instanceof Nsinit) {
      const {id, owner, forceKill} = this.#started;
      this.ends = new Ends(child, launched, id, owner, forceKill);
      child.pid = launched.pid;
      this.reference.launched();
    } else {
      this.#failure = launched;
      process.nextTick(() => this.#fail());
    }
    if (spawnings.hasSubscribers) spawnings.publish({process: child});
  }

  spawned(_id: number, spawned: Spawned): void {
    this.#resource.runInAsyncScope(this.#onSpawned, this, spawned);
  }

  exited(_id: number, exited: Exited): void {
    this.#arrived.whenRead(() => this.#resource.runInAsyncScope(this.#onExited, this, exited));
  }

  stopped(_id: number, signal: number): void {
    this.#resource.runInAsyncScope(() => this.#child.emit('stopped', signalName(signal)), this);
  }

  failed(_id: number, failure: Failure): void {
    this.#failure ??= this.#started.toError(failure);
    // Otherwise 'close' waits until nsinit has ended.
    if (!this.#started.owner.endsWithCommand) this.#resource.runInAsyncScope(this.#fail, this);
  }

  unkillable(failure: Failure): void {
    this.#resource.runInAsyncScope(this.#onUnkillable, this, failure);
  }

  ended(end: InitEnd, reason?: Error): void {
    this.#arrived.whenRead(() => this.#resource.runInAsyncScope(this.#onEnded, this, end, reason));
  }

  #onSpawned({hostPid, namespacePid, namespaces}: Spawned): void {
    const child = this.#child;
    const {pty} = this.#started;
    child.hostPid = hostPid;
    child.namespacePid = this.#started.fixedNamespacePid ?? namespacePid;
    child.namespaces = namespaces;
    this.#isSpawned = true;
    try {
      pty?.attach();
    } catch (error) {
      // The terminal has no stream, so it would never close.
      pty!.destroy(error as Error);
    }
    try {
      child.emit('spawn');
    } finally {
      this.reference.spawned();
      startReading(this.#started.streams);
    }
  }

  #onExited({exitCode, signal, usage}: Exited): void {
    const child = this.#child;
    const {owner, streams} = this.#started;
    child.exitCode = exitCode;
    // As the kernel does it. SIGKILL is what Node has sent instead.
    const isForbidden = signal === SIGKILL && this.#forbidden.has(child.hostPid!);
    child.signalCode = isForbidden ? 'SIGSYS' : signal === null ? null : signalName(signal);
    child.usage = usage;
    this.#over(owner.endsWithCommand ? 'exited' : 'ended');
    try {
      child.emit('exit', child.exitCode, child.signalCode);
    } finally {
      // 'close' is emitted even if a listener throws.
      process.nextTick(drain, streams, child.stdio);
      if (!owner.endsWithCommand) this.#leave();
    }
  }

  /** Ends a command whose nsinit continues. */
  #leave(): void {
    this.reference.ended();
    this.#channel?.finish();
    this.#finish();
    this.#closed();
  }

  /** Processes that have outlived the command, in a sandbox or without their supervisor, may keep its pipes open; 'close' does not wait. */
  #finish(): void {
    finishStreams(this.#started.streams);
    this.#started.pty?.finish();
  }

  /** Reports that nsinit cannot be ended, as child_process does if kill(2) fails. */
  #onUnkillable(failure: Failure): void {
    const error = this.#started.toError(failure);
    const isReported = this.#closing.reject(error);
    if (!isReported || this.#child.listenerCount('error') > 0) this.#child.emit('error', error);
  }

  #onForbidden(name: string, pid: number): void {
    this.#child.forbiddenSyscall = name;
    // Node may not kill the process, but nsinit may.
    if (pid < 0) this.#child.killAll();
    else this.#forbidden.add(pid);
  }

  /** Ends a command about whose calls nothing can be decided any more. */
  #onUndecided(error: Error): void {
    if (!this.isRunning) return;
    this.#child.killAll();
    this.#child.emit('error', error);
  }

  #onEnded(end: InitEnd, reason: Error | undefined): void {
    const wasRunning = this.isRunning;
    // Set before listeners run: 'close' has still to come, but nothing keeps the event loop alive for it.
    this.#phase = 'ended';
    this.reference.ended();
    this.#started.syscalls?.close();
    this.#channel?.finish();
    // Later: most streams end by themselves, and the others are drained first.
    setImmediate(() => this.#finish());
    if (!wasRunning) {
      this.#closed();
    } else {
      this.endReason = reason;
      if (end.isBroken && reason === undefined) this.#failure ??= initBroken();
      if (this.#failure !== undefined && !this.#isSpawned) this.#fail();
      else this.#endWithInit(end, this.#failure);
    }
  }

  /**
   * nsinit has ended before its command, which the kernel has killed then: a process outside has killed nsinit, a process inside has called
   * reboot(2), killAll() was called, or the sandbox was closed. As for any killed child, only 'exit' and 'close' are emitted.
   * @param error - why an nsinit of this command alone has failed, which is reported besides
   */
  #endWithInit({signal}: InitEnd, error: Error | undefined): void {
    const child = this.#child;
    child.exitCode = null;
    child.signalCode = 'SIGKILL';
    child.initSignal = signal;
    this.#over('ended');
    try {
      if (error !== undefined) child.emit('error', error);
    } finally {
      try {
        child.emit('exit', child.exitCode, child.signalCode);
      } finally {
        process.nextTick(drain, this.#started.streams, child.stdio);
        this.#closed();
      }
    }
  }

  /** Reports that the command could not be started: 'error' and 'close' are emitted, but neither 'spawn' nor 'exit'. */
  #fail(): void {
    const child = this.#child;
    child.pid = undefined;
    child.exitCode = (this.#failure as NodeJS.ErrnoException).errno ?? -1;
    this.#over('ended');
    this.reference.ended();
    this.#started.syscalls?.close();
    this.#channel?.finish();
    this.#started.pty?.destroy();
    try {
      child.emit('error', this.#failure);
    } finally {
      process.nextTick(drain, this.#started.streams, child.stdio);
      this.#closed();
    }
  }

  #over(phase: Phase): void {
    this.#phase = phase;
    this.#started.pty?.over();
    this.ends?.stop();
    this.#started.streams[0]?.destroy();
  }

  #closed(): void {
    if (--this.#pendingCloses > 0) return;
    try {
      this.#child.emit('close', this.#child.exitCode, this.#child.signalCode);
    } finally {
      this.#resource.emitDestroy();
    }
  }
}
