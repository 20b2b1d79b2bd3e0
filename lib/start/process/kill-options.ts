// The options timeout, signal and killSignal, as child_process.spawn has them.
import {spawn} from 'node:child_process';
import {invalidArgType, outOfRange} from '../../errors/errors.js';
import {SIGTERM} from '../../shared/kernel.js';
import {hasMember, own} from '../../shared/own.js';
import {isGiven, signalNumber} from '../../shared/validate.js';

/** When a command is killed, and by which signal. */
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
  if (isGiven(timeout) && !(Number.isSafeInteger(timeout) && (timeout as number) >= 0)) throw timeoutError(timeout);
  if (signal !== undefined && !isAbortSignal(signal)) {
    throw invalidArgType('options.signal', 'an instance of AbortSignal', signal);
  }
  if (
    killSignal !== undefined &&
    killSignal !== null &&
    typeof killSignal !== 'string' &&
    typeof killSignal !== 'number'
  ) {
    throw invalidArgType('options.killSignal', 'one of type string or number', killSignal);
  }
  const number = killSignal === undefined || killSignal === null ? SIGTERM : signalNumber(killSignal);
  return {timeout: (timeout as number) ?? 0, signal, killSignal: number};
}

/** Returns the error of the running version of Node, since they differ. */
function timeoutError(timeout: unknown): unknown {
  try {
    // It starts nothing: should a version accept the timeout, it refuses the signal, which it checks next.
    spawn('true', [], own({timeout, signal: 0} as object));
  } catch (error) {
    if (!(error as Error).message.includes('signal')) return error;
  }
  return outOfRange('timeout', 'an unsigned integer', timeout);
}

// Signals of other realms are accepted, as they are in Node; instanceof would refuse them.
function isAbortSignal(value: unknown): value is AbortSignal {
  return typeof value === 'object' && value !== null && hasMember(value, 'aborted');
}
