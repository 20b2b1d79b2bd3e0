// The options timeout, signal and killSignal, as child_process.spawn has them.
import {invalidArgType, outOfRange} from '../../errors/errors.js';
import {SIGTERM} from '../../shared/kernel.js';
import {hasMember} from '../../shared/own.js';
import {signalNumber} from '../../shared/validate.js';

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

// Signals of other realms are accepted, as they are in Node; instanceof would refuse them.
function isAbortSignal(value: unknown): value is AbortSignal {
  return typeof value === 'object' && value !== null && hasMember(value, 'aborted');
}
