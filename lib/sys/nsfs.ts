// The ioctls of nsfs, ioctl_ns(2): one function each.
import {native} from '../native.js';
import {checked, checkedDescriptor} from './answer.js';

/**
 * NS_GET_USERNS: a descriptor of the user namespace that owns a namespace. The caller closes it.
 * @throws NamespaceError EPERM where it is out of the caller's reach
 */
export function nsGetUserns(fd: number): number {
  return checkedDescriptor(native().nsGetUserns(fd), 'ioctl');
}

/**
 * NS_GET_PARENT: a descriptor of the parent of a pid or user namespace. The caller closes it.
 * @throws NamespaceError EPERM where it is out of the caller's reach, EINVAL for the other types
 */
export function nsGetParent(fd: number): number {
  return checkedDescriptor(native().nsGetParent(fd), 'ioctl');
}

/** NS_GET_NSTYPE: the CLONE_NEW* flag of a namespace's type. */
export function nsGetNstype(fd: number): number {
  return checked(native().nsGetNstype(fd), 'ioctl');
}

/**
 * NS_GET_OWNER_UID: who made a user namespace, in the caller's user namespace.
 * @throws NamespaceError EINVAL for the other types
 */
export function nsGetOwnerUid(fd: number): number {
  return checked(native().nsGetOwnerUid(fd), 'ioctl');
}

/**
 * NS_GET_PID_FROM_PIDNS (Linux 6.11): the caller's PID for a process or thread of another PID namespace.
 * @throws NamespaceError ESRCH where it is not visible, EINVAL for another type of namespace, ENOTTY before 6.11
 */
export function nsGetPidFromPidns(fd: number, pid: number): number {
  return checked(native().nsGetPidFromPidns(fd, pid), 'ioctl');
}

/** NS_GET_TGID_FROM_PIDNS (Linux 6.11): as {@link nsGetPidFromPidns}, of the process that a thread belongs to. */
export function nsGetTgidFromPidns(fd: number, pid: number): number {
  return checked(native().nsGetTgidFromPidns(fd, pid), 'ioctl');
}

/** NS_GET_PID_IN_PIDNS (Linux 6.11): the PID in another PID namespace for one of the caller's. Errors as the other way. */
export function nsGetPidInPidns(fd: number, pid: number): number {
  return checked(native().nsGetPidInPidns(fd, pid), 'ioctl');
}

/** NS_GET_TGID_IN_PIDNS (Linux 6.11): as {@link nsGetPidInPidns}, of the process that a thread belongs to. */
export function nsGetTgidInPidns(fd: number, pid: number): number {
  return checked(native().nsGetTgidInPidns(fd, pid), 'ioctl');
}
