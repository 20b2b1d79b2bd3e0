// The ioctls of nsfs, ioctl_ns(2), one function for each.
import {native} from '../shared/native.js';
import {checked, checkedDescriptor} from './checked.js';

/**
 * Opens the user namespace that owns a namespace: NS_GET_USERNS. The caller must close the descriptor that it returns.
 *
 * Privilege: none. Linux 4.9.
 *
 * @param fd - a descriptor of a namespace of any type
 * @throws NamespaceError EPERM if the owner is neither the caller's user namespace nor a descendant of it; ENOTTY if `fd` is no namespace
 * @see ioctl_ns(2)
 */
export function nsGetUserns(fd: number): number {
  return checkedDescriptor(native().nsGetUserns(fd), 'ioctl');
}

/**
 * Opens the parent of a pid or user namespace: NS_GET_PARENT. The caller must close the descriptor that it returns.
 *
 * Privilege: none. Linux 4.9.
 *
 * @param fd - a descriptor of a pid or user namespace
 * @throws NamespaceError EPERM if the parent is neither the caller's namespace nor a descendant of it; EINVAL for the other types
 * @see ioctl_ns(2)
 */
export function nsGetParent(fd: number): number {
  return checkedDescriptor(native().nsGetParent(fd), 'ioctl');
}

/**
 * Returns the CLONE_NEW* flag of a namespace's type: NS_GET_NSTYPE.
 *
 * Privilege: none. Linux 4.11.
 *
 * @param fd - a descriptor of a namespace
 * @throws NamespaceError EBADF; ENOTTY if `fd` is no namespace
 * @see ioctl_ns(2)
 */
export function nsGetNstype(fd: number): number {
  return checked(native().nsGetNstype(fd), 'ioctl');
}

/**
 * Returns the id of the user who created a user namespace, in the caller's user namespace: NS_GET_OWNER_UID.
 *
 * Privilege: none. Linux 4.11.
 *
 * @param fd - a descriptor of a user namespace
 * @throws NamespaceError EINVAL for the other types
 * @see ioctl_ns(2)
 */
export function nsGetOwnerUid(fd: number): number {
  return checked(native().nsGetOwnerUid(fd), 'ioctl');
}

/**
 * Returns the PID in the caller's PID namespace of a process or thread, given its PID in another PID namespace: NS_GET_PID_FROM_PIDNS.
 *
 * Privilege: none. Linux 6.11.
 *
 * @param fd - a descriptor of the other PID namespace
 * @param pid - the PID in that namespace
 * @throws NamespaceError ESRCH if the process is not visible in one of the two; EINVAL for another type of namespace; ENOTTY before 6.11
 * @see ioctl_ns(2)
 */
export function nsGetPidFromPidns(fd: number, pid: number): number {
  return checked(native().nsGetPidFromPidns(fd, pid), 'ioctl');
}

/**
 * As {@link nsGetPidFromPidns}, but returns the PID of the process that a thread belongs to: NS_GET_TGID_FROM_PIDNS.
 *
 * Privilege: none. Linux 6.11.
 *
 * @see ioctl_ns(2)
 */
export function nsGetTgidFromPidns(fd: number, pid: number): number {
  return checked(native().nsGetTgidFromPidns(fd, pid), 'ioctl');
}

/**
 * Returns the PID in another PID namespace of a process or thread, given its PID in the caller's PID namespace: NS_GET_PID_IN_PIDNS.
 *
 * Privilege: none. Linux 6.11.
 *
 * @param fd - a descriptor of the other PID namespace
 * @param pid - the PID in the caller's PID namespace
 * @throws NamespaceError as {@link nsGetPidFromPidns}
 * @see ioctl_ns(2)
 */
export function nsGetPidInPidns(fd: number, pid: number): number {
  return checked(native().nsGetPidInPidns(fd, pid), 'ioctl');
}

/**
 * As {@link nsGetPidInPidns}, but returns the PID of the process that a thread belongs to: NS_GET_TGID_IN_PIDNS.
 *
 * Privilege: none. Linux 6.11.
 *
 * @see ioctl_ns(2)
 */
export function nsGetTgidInPidns(fd: number, pid: number): number {
  return checked(native().nsGetTgidInPidns(fd, pid), 'ioctl');
}
