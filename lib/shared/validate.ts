// Functions that validate arguments and throw errors with Node's codes.
import {constants} from 'node:os';
import {invalidArgType, invalidArgValue, outOfRange} from './argument-errors.js';
import {INT_MAX, SIGRTMAX, SIGRTMIN} from './kernel.js';

export function validateString(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string') throw invalidArgType(name, 'of type string', value);
}

export function validateBoolean(value: unknown, name: string): asserts value is boolean {
  if (typeof value !== 'boolean') throw invalidArgType(name, 'of type boolean', value);
}

/** Returns whether an option was given. null is the default, as in child_process. */
export function isGiven<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null;
}

/** Validates an optional boolean and returns it, or its default. */
export function flagOr(byDefault: boolean, value: unknown, name: string): boolean {
  if (!isGiven(value)) return byDefault;
  validateBoolean(value, name);
  return value;
}

export function validateObject(value: unknown, name: string): asserts value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidArgType(name, 'of type object', value);
  }
}

export function validateInteger(value: unknown, name: string, min: number, max: number): asserts value is number {
  if (typeof value !== 'number') throw invalidArgType(name, 'of type number', value);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < min || value > max) throw outOfRange(name, `>= ${min} && <= ${max}`, value);
}

/** The largest uid or gid. Ids are unsigned 32-bit numbers, and the largest of these (-1) means "no id". */
export const maxId = 0xfffffffe;

/** The longest time in milliseconds that a timer of Node accepts. */
export const maxGraceMs = INT_MAX;

export function validateId(value: unknown, name: string): asserts value is number {
  // child_process throws this code for every value that is no integer.
  if (!Number.isInteger(value)) throw invalidArgType(name, 'an integer', value);
  validateInteger(value, name, 0, maxId);
}

/** Refuses a string with a NUL character. The kernel's strings end at the first NUL, so the rest would be lost silently. */
export function validateNoNul(value: string, name: string): void {
  if (value.includes('\0')) {
    throw invalidArgValue(name, value, 'must be a string without null bytes');
  }
}

/** Validates a name of the uts namespace, whose longest is __NEW_UTS_LEN of the kernel. */
export function validateUtsName(value: unknown, name: string): asserts value is string {
  validateString(value, name);
  validateNoNul(value, name);
  if (Buffer.byteLength(value) > 64) throw invalidArgValue(name, value, 'must be at most 64 bytes long');
}

/**
 * Returns the number of a signal, given by its name or number.
 * @throws ERR_UNKNOWN_SIGNAL as child_process does
 */
export function signalNumber(signal: unknown): number {
  const {signals} = constants;
  if (typeof signal === 'number' && signal > 0 && signal <= SIGRTMAX && Number.isInteger(signal)) return signal;
  if (typeof signal === 'string') {
    const number = (signals as Record<string, number>)[signal.toUpperCase()];
    if (number !== undefined) return number;
  }
  throw unknownSignal(signal);
}

function unknownSignal(signal: unknown): TypeError {
  const error = new TypeError(`Unknown signal: ${String(signal)}`);
  error.stack = error.stack?.replace('TypeError', 'TypeError [ERR_UNKNOWN_SIGNAL]') ?? '';
  return Object.assign(error, {code: 'ERR_UNKNOWN_SIGNAL'});
}

const signalNames = new Map<number, NodeJS.Signals>();
for (const [name, number] of Object.entries(constants.signals)) {
  // If a signal has several names, the first one is the common one: SIGABRT comes before SIGIOT.
  if (!signalNames.has(number)) signalNames.set(number, name as NodeJS.Signals);
}

/** Returns the name of a signal as in `signalCode`. Node has no names for real-time signals; they are named SIGRTMIN+n. */
export function signalName(number: number): NodeJS.Signals {
  return signalNames.get(number) ?? (`SIGRTMIN+${number - SIGRTMIN}` as NodeJS.Signals);
}
