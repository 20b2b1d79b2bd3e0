// unshare(2) and setns(2). Both affect only the calling thread.
import {NamespaceError} from '../errors/errors.js';
import {startReactor, startThreadPool} from '../errors/threads.js';
import {INT_MAX} from '../shared/kernel.js';
import {type NamespaceType, namespaceTypes} from '../shared/namespace-types.js';
import {native} from '../shared/native.js';
import {validateInteger} from '../shared/validate.js';
import {constants} from './constants.js';

/**
 * Moves the calling thread into new namespaces: unshare(2).
 *
 * Only the calling thread moves. Threads that it creates later are in the new namespaces as well; libuv's thread pool and other Workers
 * stay in theirs. With CLONE_NEWPID and CLONE_NEWTIME the thread itself does not move either, and only its next children are in the new
 * namespace. CLONE_NEWUSER always fails with EINVAL, because Node has several threads.
 *
 * After CLONE_NEWPID on the main thread, Node can create no new Worker, and no further child once the first one has ended. `setns` to the
 * thread's own PID namespace makes both possible again. libuv's thread pool is started before the call, so asynchronous calls of
 * `node:fs` continue to work.
 *
 * Privilege: CAP_SYS_ADMIN in the caller's user namespace. CLONE_NEWCGROUP needs Linux 4.6, CLONE_NEWTIME Linux 5.6.
 *
 * @param flags - a mask of CLONE_NEW*, CLONE_FS, CLONE_FILES and CLONE_SYSVSEM, see {@link constants}
 * @throws NamespaceError EPERM without privilege; EINVAL; ENOSPC if a limit of /proc/sys/user is reached
 * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE
 * @see unshare(2), namespaces(7)
 */
export function unshare(flags: number): void {
  validateInteger(flags, 'flags', 0, 0xffffffff);
  startReactor();
  if ((flags & constants.CLONE_NEWPID) !== 0) startThreadPool();
  const errno = native().unshare(flags | 0);
  if (errno < 0) throw new NamespaceError({errno, syscall: 'unshare', namespaces: typesIn(flags)});
}

/**
 * Moves the calling thread into existing namespaces: setns(2). As with {@link unshare}, only the calling thread moves, and with a PID
 * namespace only its next children are in the namespace.
 *
 * Because Node has several threads, a user namespace fails with EINVAL and a time namespace with EUSERS. A mount namespace fails with
 * EINVAL unless the thread has called `unshare(constants.CLONE_FS)` before.
 *
 * Privilege: CAP_SYS_ADMIN in the user namespace that owns the target and, for most types, also in the caller's own. Linux 3.0; a pidfd
 * needs Linux 5.8.
 *
 * @param fd - a descriptor of a namespace (/proc/PID/ns/T), or a pidfd
 * @param flags - for a namespace, the CLONE_NEW* of the type that it must have, or 0 for any type; for a pidfd, the mask of CLONE_NEW*
 * that selects which namespaces of the process to enter. Default: 0
 * @throws NamespaceError EBADF; EINVAL if the namespace has another type; EPERM; ESRCH if the process of the pidfd has ended
 * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE
 * @see setns(2), namespaces(7)
 */
export function setns(fd: number, flags = 0): void {
  validateInteger(fd, 'fd', 0, INT_MAX);
  validateInteger(flags, 'flags', 0, 0xffffffff);
  startReactor();
  startThreadPool();
  const errno = native().setns(fd, flags | 0);
  if (errno >= 0) return;
  // Of a pidfd the flags say what was to be entered, of a namespace its type does.
  const type = native().nsGetNstype(fd);
  throw new NamespaceError({errno, syscall: 'setns', namespaces: typesIn(type > 0 ? type : flags)});
}

function typesIn(flags: number): NamespaceType[] {
  const {namespaces} = native().protocol;
  return namespaceTypes.filter(type => (flags & namespaces[type]!) !== 0);
}
