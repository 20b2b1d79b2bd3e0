// The errors for arguments, with Node's own codes. Unlike errors.ts this file knows no causes of failures, so that features, which have both
// arguments and causes, can import it.

import {inspect} from 'node:util';
import {own} from './own.js';

type Code = {code: string};

function coded<E extends Error>(error: E, code: string): E & Code {
  // As in Node's own errors, the code is an own property and part of the first line of the stack.
  error.stack = error.stack?.replace(error.name, `${error.name} [${code}]`) ?? '';
  return Object.assign(error, {code});
}

/** Creates the error for a value of a wrong type: Node's ERR_INVALID_ARG_TYPE. */
export function invalidArgType(name: string, expected: string, actual: unknown): TypeError & Code {
  return coded(
    new TypeError(`The "${name}" ${kind(name)} must be ${expected}. Received ${received(actual)}`),
    'ERR_INVALID_ARG_TYPE',
  );
}

/** Creates the error for a value that has the right type and is not allowed: Node's ERR_INVALID_ARG_VALUE. */
export function invalidArgValue(name: string, actual: unknown, reason: string): TypeError & Code {
  return coded(
    new TypeError(`The ${kind(name)} '${name}' ${reason}. Received ${shown(actual)}`),
    'ERR_INVALID_ARG_VALUE',
  );
}

/** Creates the error for a number outside of its range: Node's ERR_OUT_OF_RANGE. */
export function outOfRange(name: string, range: string, actual: unknown): RangeError & Code {
  return coded(
    new RangeError(`The value of "${name}" is out of range. It must be ${range}. Received ${shown(actual)}`),
    'ERR_OUT_OF_RANGE',
  );
}

/** Creates an error with any other code, in the form of Node's own coded errors. */
export function codedError(code: string, message: string, Class: ErrorConstructor = Error): Error & Code {
  return coded(new Class(message), code);
}

function kind(name: string): string {
  return name.includes('.') || name.includes('[') ? 'property' : 'argument';
}

/** Shows a value as Node does, of which only the type was right. */
function shown(value: unknown): string {
  const text = inspect(value, own({customInspect: false}));
  return text.length > 128 ? `${text.slice(0, 128)}...` : text;
}

function received(value: unknown): string {
  if (value === null || value === undefined) return `${value}`;
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value === 'object') {
    const type = value.constructor?.name;
    return type ? `an instance of ${type}` : 'an object';
  }
  const text = typeof value === 'string' ? `'${value}'` : String(value);
  return `type ${typeof value} (${text.length > 60 ? `${text.slice(0, 60)}...` : text})`;
}
