// The errors that the package throws. Argument errors carry Node's own codes; a failed system call becomes a NamespaceError.
import {errnoName} from '../shared/errno.js';
import type {NamespaceType} from '../shared/namespace-types.js';
import {own} from '../shared/own.js';
import {hintFor} from './hints.js';

export {codedError, invalidArgType, invalidArgValue, outOfRange} from '../shared/argument-errors.js';

/** The arguments of {@link NamespaceError}'s constructor. */
export interface NamespaceErrorFields {
  /** The negated errno, as in Node's own system errors: -1 for EPERM. */
  errno: number;
  /** The name of the system call that failed. Absent where no system call failed. */
  syscall?: string | undefined;
  /** The part of the set-up that failed, named after the option that asked for it: 'uidMap', 'mountProc', 'cwd' and so on. */
  step?: string | undefined;
  /** The index of the entry that failed, where the option is a list (of mappings, mounts or descriptors). Counts from 0. */
  index?: number | undefined;
  /** The path that the system call used. */
  path?: string | undefined;
  /** The arguments of the command, without argv[0]. Present where a command could not be executed. */
  spawnargs?: string[] | undefined;
  /** The cause of the error and what to do about it. Default: looked up by step and code, see docs/errors.md. */
  hint?: string | undefined;
  /** The types of namespace that were asked for. The look-up of `hint` uses them to find the cause. */
  namespaces?: Iterable<NamespaceType> | undefined;
}

/**
 * A system call of the set-up, or of another operation on namespaces, failed. `code`, `errno`, `syscall` and `path` have the same meaning
 * as in Node's system errors. `step` and `index` name the part of the set-up, and `hint` gives the cause and what to do about it.
 *
 * @see errno(3), and docs/errors.md for all causes
 */
export class NamespaceError extends Error {
  /** 'NamespaceError'. */
  override name = 'NamespaceError';
  /** The name of the errno, for example 'EPERM'. */
  readonly code: string;
  /** The negated errno, as in Node's own system errors: -1 for EPERM. */
  readonly errno: number;
  /** The name of the system call that failed. Absent where no system call failed. */
  declare readonly syscall?: string;
  /** The part of the set-up that failed, named after the option that asked for it. docs/errors.md lists all of them. */
  declare readonly step?: string;
  /** The index of the entry that failed, where the option is a list. Counts from 0. */
  declare readonly index?: number;
  /** The path that the system call used. */
  declare readonly path?: string;
  /** The arguments of the command, without argv[0]. Present where a command could not be executed. */
  declare readonly spawnargs?: string[];
  /** The cause of the error and what to do about it, if a cause is known. */
  declare readonly hint?: string;

  constructor(fields: NamespaceErrorFields, message?: string) {
    fields = own(fields);
    const code = errnoName(fields.errno);
    const hint = fields.hint ?? hintFor(own({...fields, code}));
    super(message ?? describe(code, fields, hint));
    this.code = code;
    this.errno = fields.errno;
    const {syscall, step, index, path, spawnargs} = fields;
    // Undefined fields are left out, so that Node prints a short error.
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
