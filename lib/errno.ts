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
 * The name of a negative errno, as Node's own system errors have it. libuv knows none for those that it never meets, ECHILD among them.
 */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `Unknown system error ${errno}`;
}
