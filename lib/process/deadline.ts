// The options timeout, signal and killSignal, as child_process.spawn has them.
import {addAbortListener} from 'node:events';
import {invalidArgType, outOfRange} from '../errors.js';
import {SIGTERM} from '../kernel.js';
import {hasMember} from '../options/own.js';
import {signalNumber} from '../validate.js';
import type {NamespacedProcess} from './namespaced-process.js';

/** When a command is killed, and how. */
export interface KillOptions {
  timeout: number;
  signal: AbortSignal | undefined;
  killSignal: number;
}

interface Options {
  timeout?: unknown;
  signal?: unknown;
  killSignal?: unknown;
}

export function resolveKill({timeout, signal, killSignal}: Options): KillOptions {
  if (timeout !== undefined && timeout !== null && !(Number.isInteger(timeout) && (timeout as number) >= 0)) {
    throw outOfRange('timeout', 'an unsigned integer', timeout);
  }
  if (signal !== undefined && !isAbortSignal(signal)) {
    throw invalidArgType('options.signal', 'an instance of AbortSignal', signal);
  }
  if (
    killSignal !== undefined &&
    killSignal !== null &&
    typeof killSignal !== 'string' &&
    typeof killSignal !== 'number'
  ) {
    throw invalidArgType('options.killSignal', 'of type string or number', killSignal);
  }
  const number = killSignal === undefined || killSignal === null ? SIGTERM : signalNumber(killSignal);
  return {timeout: (timeout as number) ?? 0, signal, killSignal: number};
}

// Not instanceof: signals of other realms count, as they do in Node.
function isAbortSignal(value: unknown): value is AbortSignal {
  return typeof value === 'object' && value !== null && hasMember(value, 'aborted');
}

/** Does what a command that runs needs. Where it throws, the caller gets no command, and so that one ends. */
export function attend<T>(child: NamespacedProcess, work: () => T): T {
  try {
    return work();
  } catch (error) {
    child.on('error', () => {});
    child.killAll();
    throw error;
  }
}

/** Has a command killed by its options `signal` and `timeout`. */
export function limit(child: NamespacedProcess, kill: KillOptions): void {
  attend(child, () => {
    killOnAbort(child, kill);
    killOnTimeout(child, kill);
  });
}

export function killOnAbort(child: NamespacedProcess, {signal, killSignal}: KillOptions): void {
  if (signal === undefined) return;
  const abort = (): boolean => child.kill(killSignal);
  const tell = (): boolean => child.emit('error', abortError(signal.reason));
  if (signal.aborted) {
    process.nextTick(() => {
      // In child_process a command is started before it is aborted: its 'spawn' comes first. The signal is under way meanwhile.
      if (abort()) onFirst(child, ['spawn', 'exit'], tell);
    });
    return;
  }
  const listening = addAbortListener(signal, () => {
    if (abort()) tell();
  });
  onFirst(child, ['exit', 'close'], () => listening[Symbol.dispose]());
}

/** Calls back at the first of these events, once. */
function onFirst(child: NamespacedProcess, events: readonly string[], callback: () => void): void {
  const listener = (): void => {
    for (const event of events) child.off(event, listener);
    callback();
  };
  for (const event of events) child.on(event, listener);
}

/** As Node's, whose class is not public. */
export function abortError(cause: unknown): Error {
  const error = new Error('The operation was aborted', {cause});
  error.name = 'AbortError';
  return Object.assign(error, {code: 'ABORT_ERR'});
}

export function killOnTimeout(
  child: NamespacedProcess,
  {timeout, killSignal}: KillOptions,
  onTimeout: () => void = () => {},
): void {
  if (timeout === 0) return;
  const timer = setTimeout(() => {
    if (child.kill(killSignal)) onTimeout();
  }, timeout);
  onFirst(child, ['exit', 'close'], () => clearTimeout(timer));
}
