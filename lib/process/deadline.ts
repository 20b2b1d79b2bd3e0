// The options timeout, signal and killSignal, as child_process.spawn has them.
import {invalidArgType, outOfRange} from '../errors.js';
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
  return {timeout: (timeout as number) ?? 0, signal, killSignal: signalNumber(killSignal ?? 'SIGTERM')};
}

// Not instanceof: signals of other realms count, as they do in Node.
function isAbortSignal(value: unknown): value is AbortSignal {
  return typeof value === 'object' && value !== null && 'aborted' in value;
}

export function killOnAbort(child: NamespacedProcess, {signal, killSignal}: KillOptions): void {
  if (signal === undefined) return;
  const abort = (): void => {
    try {
      if (child.kill(killSignal)) child.emit('error', abortError(signal.reason));
    } catch (error) {
      child.emit('error', error);
    }
  };
  if (signal.aborted) {
    process.nextTick(abort);
    return;
  }
  signal.addEventListener('abort', abort, {once: true});
  const forget = (): void => signal.removeEventListener('abort', abort);
  child.once('exit', forget);
  child.once('close', forget);
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
  const cancel = (): void => clearTimeout(timer);
  child.once('exit', cancel);
  child.once('close', cancel);
}
