// The names of error numbers.
import {constants} from 'node:os';
import {getSystemErrorMap} from 'node:util';

const names = new Map<number, string>();
for (const [name, number] of Object.entries(constants.errno)) {
  // EWOULDBLOCK is EAGAIN, EOPNOTSUPP is ENOTSUP: libuv's names come last, and win.
  names.set(-number, name);
}
for (const [errno, [name]] of getSystemErrorMap()) names.set(errno, name);

/**
 * Returns the name of a negated errno, as in Node's own system errors. libuv has no names for some error numbers, such as ECHILD.
 */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `Unknown system error ${errno}`;
}
