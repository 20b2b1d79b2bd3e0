// The names of error numbers.
import {constants} from 'node:os';
import {getSystemErrorMap} from 'node:util';

// Error numbers that system calls of a set-up can return, and for which neither libuv nor Node has a name. The values are those of x86-64
// and arm64.
const others = {
  ENOTBLK: 15,
  ENOPKG: 65,
  ELIBACC: 79,
  ELIBBAD: 80,
  EUSERS: 87,
  EPFNOSUPPORT: 96,
  EUCLEAN: 117,
  ENOMEDIUM: 123,
  ENOKEY: 126,
  EKEYEXPIRED: 127,
  EKEYREVOKED: 128,
  EKEYREJECTED: 129,
  EHWPOISON: 133,
};

const names = new Map<number, string>();
for (const [name, number] of Object.entries(others)) names.set(-number, name);
for (const [name, number] of Object.entries(constants.errno)) {
  // Some numbers have two names (EWOULDBLOCK and EAGAIN, EOPNOTSUPP and ENOTSUP). The loop below replaces them by libuv's name.
  names.set(-number, name);
}
for (const [errno, [name]] of getSystemErrorMap()) names.set(errno, name);

/**
 * Returns the name of a negated errno, as in Node's own system errors. libuv has no names for some error numbers, such as ECHILD.
 */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `Unknown system error ${errno}`;
}
