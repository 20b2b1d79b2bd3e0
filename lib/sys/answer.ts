// A system call's answer -> its result, or the error.
import {NamespaceError} from '../errors.js';
import {native} from '../native.js';
import {validateInteger} from '../validate.js';

/** Answers the result, or throws the error of a negative errno. */
export function checked(answer: number, syscall: string, path?: string): number {
  if (answer < 0) throw new NamespaceError({errno: answer, syscall, path});
  return answer;
}

/** The same for a descriptor, which is the program's then. */
export function checkedDescriptor(answer: number, syscall: string): number {
  const fd = checked(answer, syscall);
  native().entrust(fd);
  return fd;
}

/**
 * Closes a descriptor that a function of this module has returned: close(2). `fs.closeSync` will do as well, but warns in a Worker, where it
 * knows only descriptors of its own.
 *
 * What is still open when a Worker ends is closed then.
 *
 * @throws NamespaceError EBADF for any other descriptor, and for one that is closed
 */
export function close(fd: number): void {
  validateInteger(fd, 'fd', 0, 0x7fffffff);
  checked(native().close(fd), 'close');
}
