// Converts the return value of a native function into a result or an error.
import {NamespaceError} from '../errors/errors.js';
import {INT_MAX} from '../shared/kernel.js';
import {native} from '../shared/native.js';
import {validateInteger} from '../shared/validate.js';

/** Returns the result of a system call, or throws a NamespaceError if it is a negated errno. */
export function checked(result: number, syscall: string, path?: string): number {
  if (result < 0) throw new NamespaceError({errno: result, syscall, path});
  return result;
}

/** The same for a new descriptor, which belongs to the program from then on. */
export function checkedDescriptor(result: number, syscall: string): number {
  const fd = checked(result, syscall);
  native().entrust(fd);
  return fd;
}

/**
 * Closes a descriptor that a function of this module has returned: close(2). `fs.closeSync` works as well, but emits a warning in a
 * Worker, because it knows only the descriptors that it has opened there. When a Worker ends, its descriptors that are still open are
 * closed.
 *
 * Privilege: none.
 *
 * @param fd - a descriptor that a function of this module has returned
 * @throws NamespaceError EBADF for any other descriptor, and for one that is already closed
 * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE
 * @see close(2)
 */
export function close(fd: number): void {
  validateInteger(fd, 'fd', 0, INT_MAX);
  checked(native().close(fd), 'close');
}
