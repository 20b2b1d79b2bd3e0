// Ids of users and groups, which options may name.
import {invalidArgType, invalidArgValue} from './argument-errors.js';
import {errnoName} from './errno.js';
import {ENOENT} from './kernel.js';
import {native} from './native.js';
import {validateId, validateNoNul} from './validate.js';

/**
 * Returns an id that was given by its number or name. A name is looked up as getpwnam(3) and getgrnam(3) do, in all sources of
 * nsswitch.conf(5): in the files of the caller that takes 20 us, and longer where a directory service is asked.
 *
 * @param name - the name of the option
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE
 */
export function resolveId(kind: 'user' | 'group', value: unknown, name: string): number {
  if (typeof value !== 'string') {
    // child_process throws this code for every value that is no integer.
    if (!Number.isInteger(value)) throw invalidArgType(name, `an integer or the name of a ${kind}`, value);
    validateId(value, name);
    return value;
  }
  validateNoNul(value, name);
  const id = kind === 'user' ? native().userId(value) : native().groupId(value);
  if (id >= 0) return id;
  const problem =
    id === ENOENT ? `must be the name of a ${kind} that exists` : `cannot be looked up (${errnoName(id)})`;
  throw invalidArgValue(name, value, problem);
}
