// Checks of arguments, with Node's codes.
import {constants} from 'node:os';
import {invalidArgType, invalidArgValue, outOfRange} from './errors.js';

export function validateString(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string') throw invalidArgType(name, 'of type string', value);
}

export function validateBoolean(value: unknown, name: string): asserts value is boolean {
  if (typeof value !== 'boolean') throw invalidArgType(name, 'of type boolean', value);
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

/** The largest uid or gid: ids are unsigned, and -1 stands for "none". */
export const maxId = 0xfffffffe;

/** The longest time that a timer of Node's takes. */
export const maxGraceMs = 0x7fffffff;

export function validateId(value: unknown, name: string): asserts value is number {
  // child_process has this code for every value that is no integer.
  if (!Number.isInteger(value)) throw invalidArgType(name, 'an integer', value);
  validateInteger(value, name, 0, maxId);
}

/** The kernel ends its strings at the first NUL: what lies behind it would be dropped without a word. */
export function validateNoNul(value: string, name: string): void {
  if (value.includes('\0')) {
    throw invalidArgValue(name, value, 'must be a string without null bytes');
  }
}

/**
 * The number of a signal, of its name or number.
 * @throws ERR_UNKNOWN_SIGNAL as child_process does
 */
export function signalNumber(signal: unknown): number {
  const {signals} = constants;
  if (typeof signal === 'number' && signal > 0 && signal <= 64 && Number.isInteger(signal)) return signal;
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
  // The first of several names is the usual one: SIGABRT before SIGIOT.
  if (!signalNames.has(number)) signalNames.set(number, name as NodeJS.Signals);
}

/** The first real-time signal, as libc counts: it keeps the kernel's first two for itself. */
export const SIGRTMIN = 34;

/** A signal's name as `signalCode` has it; real-time signals have none in Node, and are told as SIGRTMIN+n. */
export function signalName(number: number): NodeJS.Signals {
  return signalNames.get(number) ?? (`SIGRTMIN+${number - SIGRTMIN}` as NodeJS.Signals);
}
