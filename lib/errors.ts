// The errors that users meet. Argument errors carry Node's own codes; what fails in the kernel's hands is a NamespaceError.
import {errnoName} from './errno.js';
import {hintFor} from './hints.js';
import type {NamespaceType} from './namespace-types.js';
import {own} from './options/own.js';

/** What a {@link NamespaceError} is made of. */
export interface NamespaceErrorFields {
  /** The negative errno, as in Node's own system errors. */
  errno: number;
  /** The system call that failed, where one did. */
  syscall?: string | undefined;
  /** The part of the set-up that failed, in the words of the option that asked for it: 'uidMap', 'mountProc', 'cwd' ... */
  step?: string | undefined;
  /** Which entry of that option: the n-th mapping, mount or descriptor. */
  index?: number | undefined;
  /** The path that was being used. */
  path?: string | undefined;
  /** The command's arguments, where a command was to be executed. */
  spawnargs?: string[] | undefined;
  /** Why, and what to do about it; by default found out by step and code. */
  hint?: string | undefined;
  /** The types of namespace that were asked for: they tell where to look for the cause. */
  namespaces?: Iterable<NamespaceType> | undefined;
}

/**
 * An operation on namespaces failed in the kernel. `code`, `errno`, `syscall` and `path` are Node's own fields;
 * `step` and `index` name the part of the set-up, and `hint` says why and what to do.
 */
export class NamespaceError extends Error {
  override name = 'NamespaceError';
  /** The name of the errno: 'EPERM', 'ENOENT' ... */
  readonly code: string;
  readonly errno: number;
  declare readonly syscall?: string;
  declare readonly step?: string;
  declare readonly index?: number;
  declare readonly path?: string;
  declare readonly spawnargs?: string[];
  declare readonly hint?: string;

  constructor(fields: NamespaceErrorFields, message?: string) {
    fields = own(fields);
    const code = errnoName(fields.errno);
    const hint = fields.hint ?? hintFor(own({...fields, code}));
    super(message ?? describe(code, fields, hint));
    this.code = code;
    this.errno = fields.errno;
    const {syscall, step, index, path, spawnargs} = fields;
    // Fields that say nothing are left out, so that the printed error is short.
    Object.assign(this, definedOnly({syscall, step, index, path, spawnargs, hint}));
  }
}

function describe(code: string, {syscall, step, index, path}: NamespaceErrorFields, hint?: string): string {
  const where = step === undefined ? '' : ` (step ${step}${index === undefined ? '' : ` ${index}`})`;
  const what = [syscall, path === undefined ? undefined : `'${path}'`].filter(Boolean).join(' ');
  return `${code}: ${what || 'failed'}${where}${hint === undefined ? '' : `: ${hint}`}`;
}

function definedOnly(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

type Code = {code: string};

function coded<E extends Error>(error: E, code: string): E & Code {
  // As Node's own: the code stands in the stack's first line, and is an own property.
  error.stack = error.stack?.replace(error.name, `${error.name} [${code}]`) ?? '';
  return Object.assign(error, {code});
}

/** A value of a wrong type: Node's ERR_INVALID_ARG_TYPE. */
export function invalidArgType(name: string, expected: string, actual: unknown): TypeError & Code {
  return coded(
    new TypeError(`The "${name}" ${kind(name)} must be ${expected}. Received ${received(actual)}`),
    'ERR_INVALID_ARG_TYPE',
  );
}

/** A value of the right type that makes no sense: Node's ERR_INVALID_ARG_VALUE. */
export function invalidArgValue(name: string, actual: unknown, reason: string): TypeError & Code {
  return coded(
    new TypeError(`The ${kind(name)} '${name}' ${reason}. Received ${received(actual)}`),
    'ERR_INVALID_ARG_VALUE',
  );
}

/** A number outside of its range: Node's ERR_OUT_OF_RANGE. */
export function outOfRange(name: string, range: string, actual: unknown): RangeError & Code {
  return coded(
    new RangeError(`The value of "${name}" is out of range. It must be ${range}. Received ${received(actual)}`),
    'ERR_OUT_OF_RANGE',
  );
}

/** Any other of Node's coded errors. */
export function codedError(code: string, message: string, Class: ErrorConstructor = Error): Error & Code {
  return coded(new Class(message), code);
}

function kind(name: string): string {
  return name.includes('.') || name.includes('[') ? 'property' : 'argument';
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
