// How a command is ended: kill(), shutdown(), a timeout, an AbortSignal, and what follows if it does not end.
import {addAbortListener, type EventEmitter} from 'node:events';
import {ECONNRESET, EPIPE, ESRCH, SIGKILL} from '../../shared/kernel.js';
import type {Nsinit, SignalScope} from '../channel/nsinit.js';
import type {ForceKill} from '../options/resolve.js';
import type {KillOptions} from './kill-options.js';
import type {Owner} from './owner.js';

// The time that a killed command may take to end, and nsinit to read its messages.
const patienceMs = 3000;
const initHasEnded: ReadonlySet<number> = new Set([ESRCH, EPIPE, ECONNRESET]);

/** The part of a NamespacedProcess that this file uses. */
export interface Killable extends EventEmitter {
  readonly spawnfile: string;
  killed: boolean;
  isForcefullyTerminated: boolean;
  kill(signal: number): boolean;
  killAll(): boolean;
}

/** Ends one command. Only killAll() may be called once the command has ended. */
export class Ends {
  readonly #child: Killable;
  readonly #nsinit: Nsinit;
  readonly #id: number;
  readonly #owner: Owner;
  readonly #forceKill: ForceKill | undefined;
  #forceTimer: NodeJS.Timeout | undefined;
  #endTimer: NodeJS.Timeout | undefined;

  constructor(child: Killable, nsinit: Nsinit, id: number, owner: Owner, forceKill: ForceKill | undefined) {
    this.#child = child;
    this.#nsinit = nsinit;
    this.#id = id;
    this.#owner = owner;
    this.#forceKill = forceKill;
  }

  kill(signal: number): boolean {
    const errno = this.#nsinit.signal(this.#id, signal);
    // If nsinit has just ended, the command has ended as well, and 'exit' follows. Until then child_process reports success.
    if (errno < 0 && !initHasEnded.has(errno) && !(signal === SIGKILL && this.#endInit())) return false;
    this.#child.killed = true;
    if (signal !== 0) this.#expectEnd(signal === SIGKILL);
    if (this.#forceKill?.signal === signal) this.#forceAfter(this.#forceKill.delay);
    return true;
  }

  shutDown(signal: number, scope: SignalScope, graceMs: number): void {
    if (this.#nsinit.signal(this.#id, signal, scope) === 0) this.#child.killed = true;
    this.#forceAfter(graceMs);
  }

  killAll(): boolean {
    const isSent = this.#owner.killAll(this.#nsinit, this.#id);
    // Nsinit.kill() is repeated until nsinit has ended; a signal to the command is not.
    if (!this.#owner.endsWithCommand) this.#expectEnd(true);
    return isSent;
  }

  /** The command has ended. */
  stop(): void {
    clearTimeout(this.#forceTimer);
    clearTimeout(this.#endTimer);
  }

  #forceAfter(delay: number): void {
    if (this.#forceTimer !== undefined) return;
    this.#forceTimer = setTimeout(() => {
      if (this.#child.killAll()) this.#child.isForcefullyTerminated = true;
    }, delay);
    this.#forceTimer.unref();
  }

  /**
   * Ends nsinit if the command does not end. The kernel may refuse nsinit's signal, a command may have stopped nsinit, or a debugger may hold
   * the command.
   * @param isCertain - whether the command cannot ignore the signal. If it can, nsinit is ended only if it does not read the request
   */
  #expectEnd(isCertain: boolean): void {
    if (this.#endTimer !== undefined && !isCertain) return;
    clearTimeout(this.#endTimer);
    const {eventCount} = this.#nsinit;
    this.#endTimer = setTimeout(() => {
      this.#endTimer = undefined;
      if (isCertain) this.#endInit();
      else if (!this.#nsinit.hasUnread) return;
      // It still does something. Whether it comes to the request is looked at again.
      else if (this.#nsinit.eventCount !== eventCount) this.#expectEnd(false);
      else this.#endInit();
    }, patienceMs).unref();
  }

  #endInit(): boolean {
    return this.#owner.endInit(this.#nsinit, this.#id, this.#child.spawnfile);
  }
}

/** Runs a function that needs a running command. If it throws, the caller receives no command, so the command is killed. */
export function attend<T>(child: Killable, work: () => T): T {
  try {
    return work();
  } catch (error) {
    child.on('error', () => {});
    child.killAll();
    throw error;
  }
}

/** Kills a command as its options `signal` and `timeout` say. */
export function limit(child: Killable, kill: KillOptions): void {
  attend(child, () => {
    killOnAbort(child, kill);
    killOnTimeout(child, kill);
  });
}

/** Sends a signal that is not repeated. If the kernel refuses it, the command is killed, for which kill() tries other ways as well. */
function surelyKill(child: Killable, signal: number): boolean {
  return child.kill(signal) || child.kill(SIGKILL);
}

export function killOnAbort(child: Killable, {signal, killSignal}: KillOptions): void {
  if (signal === undefined) return;
  const abort = (): boolean => surelyKill(child, killSignal);
  const emitError = (): boolean => child.emit('error', abortError(signal.reason));
  if (signal.aborted) {
    process.nextTick(() => {
      // child_process starts a command before it aborts it, so 'spawn' is emitted first. The signal is sent at once.
      if (abort()) onFirst(child, ['spawn', 'exit'], emitError);
    });
    return;
  }
  const listening = addAbortListener(signal, () => {
    if (abort()) emitError();
  });
  // In a context of node:vm on Node 20, as the tests of vitest have one, Symbol.dispose is undefined. The object has no other key.
  const stopListening = Reflect.get(listening, Reflect.ownKeys(listening)[0]!) as () => void;
  onFirst(child, ['exit', 'close'], stopListening);
}

export function killOnTimeout(
  child: Killable,
  {timeout, killSignal}: KillOptions,
  onTimeout: () => void = () => {},
): void {
  if (timeout === 0) return;
  const timer = setTimeout(() => {
    if (surelyKill(child, killSignal)) onTimeout();
  }, timeout);
  onFirst(child, ['exit', 'close'], () => clearTimeout(timer));
}

/** Calls back at the first of these events, once. */
function onFirst(child: Killable, events: readonly string[], callback: () => void): void {
  const listener = (): void => {
    for (const event of events) child.off(event, listener);
    callback();
  };
  for (const event of events) child.on(event, listener);
}

/** An error like the AbortError of Node, whose class is not public. */
function abortError(cause: unknown): Error {
  const error = new Error('The operation was aborted', {cause});
  error.name = 'AbortError';
  return Object.assign(error, {code: 'ABORT_ERR'});
}
