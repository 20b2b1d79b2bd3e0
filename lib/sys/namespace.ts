// unshare(2) and setns(2). Both act on the calling thread alone.
import {native} from '../native.js';
import {validateInteger} from '../validate.js';
import {checked} from './answer.js';
import {constants} from './constants.js';

const maxInt = 0x7fffffff;

/**
 * Moves the calling thread into new namespaces: unshare(2).
 *
 * Only the calling thread moves, and threads that it creates later follow; libuv's pool and other Workers stay where they are.
 * With CLONE_NEWPID and CLONE_NEWTIME the thread itself stays, and its next children are inside. CLONE_NEWUSER is EINVAL in a
 * process of many threads, as Node always is.
 *
 * After CLONE_NEWPID on the main thread a new Worker, and a second child once the first has ended, cannot be created;
 * `setns` to the thread's own PID namespace undoes it. libuv's thread pool is started beforehand, so asynchronous fs calls go on.
 *
 * Privilege: CAP_SYS_ADMIN. CLONE_NEWTIME needs Linux 5.6.
 *
 * @param flags - CLONE_NEW* of {@link constants}; also CLONE_FS, CLONE_FILES, CLONE_SYSVSEM
 * @throws NamespaceError EPERM without privilege, EINVAL, ENOSPC where a limit of /proc/sys/user is reached
 */
export function unshare(flags: number): void {
  validateInteger(flags, 'flags', 0, 0xffffffff);
  if ((flags & constants.CLONE_NEWPID) !== 0) startThreadPool();
  checked(native().unshare(flags | 0), 'unshare');
}

/**
 * Moves the calling thread into namespaces that exist: setns(2). As for {@link unshare}, only this thread moves, and with a PID
 * namespace only its children do.
 *
 * In a process of many threads a user namespace is EINVAL, a time namespace EUSERS, and a mount namespace EINVAL unless
 * `unshare(CLONE_FS)` came before.
 *
 * Privilege: CAP_SYS_ADMIN in the target's user namespace and, for most types, one's own. A pidfd needs Linux 5.8.
 *
 * @param fd - a descriptor of a namespace (/proc/PID/ns/T), or a pidfd
 * @param flags - the type that `fd` must be of, 0 for any; for a pidfd, a mask of CLONE_NEW*
 * @throws NamespaceError EBADF, EINVAL (another type), EPERM, ESRCH (the pidfd's process is gone)
 */
export function setns(fd: number, flags = 0): void {
  validateInteger(fd, 'fd', 0, maxInt);
  validateInteger(flags, 'flags', 0, 0xffffffff);
  startThreadPool();
  checked(native().setns(fd, flags | 0), 'setns');
}

let isPoolStarted = false;

// libuv creates its pool at the first asynchronous call: in a thread whose pid_for_children differs from its own PID namespace
// that is EINVAL, and libuv aborts the process.
function startThreadPool(): void {
  if (isPoolStarted) return;
  isPoolStarted = true;
  native().startThreadPool(() => {});
}
