// pidfd_open(2), pidfd_send_signal(2), and the ioctls of a pidfd.
import {invalidArgValue} from '../errors.js';
import {native} from '../native.js';
import type {NativePidfdInfo} from '../native-inspection.js';
import {NAMESPACE_LINKS, type NamespaceLink} from '../proc/links.js';
import {objectOf} from '../system-call.js';
import {signalNumber, validateInteger} from '../validate.js';
import {checked, checkedDescriptor} from './answer.js';

const maxInt = 0x7fffffff;

/**
 * A descriptor that means a process, and never another one that has got its number: pidfd_open(2). It is close-on-exec, and the
 * caller closes it (see {@link close}). Privilege: none. Linux 5.3.
 *
 * @param pid - in the caller's PID namespace
 * @param flags - 0, PIDFD_NONBLOCK (5.10) or PIDFD_THREAD (6.9)
 * @throws NamespaceError ESRCH where there is no such process, EMFILE
 */
export function pidfdOpen(pid: number, flags = 0): number {
  validateInteger(pid, 'pid', 1, maxInt);
  validateInteger(flags, 'flags', 0, 0xffffffff);
  return checkedDescriptor(native().pidfdOpen(pid, flags), 'pidfd_open');
}

/**
 * Signals the process that a pidfd means: pidfd_send_signal(2). Privilege: that of kill(2). Linux 5.1.
 *
 * @param pidfd - from {@link pidfdOpen} or clone
 * @param signal - a name or number; 0 only asks
 * @param flags - 0, or a PIDFD_SIGNAL_* scope (6.9)
 * @throws NamespaceError ESRCH where the process is gone, EPERM, EBADF
 */
export function pidfdSendSignal(pidfd: number, signal: NodeJS.Signals | number, flags = 0): void {
  validateInteger(pidfd, 'pidfd', 0, maxInt);
  validateInteger(flags, 'flags', 0, 0xffffffff);
  const number = signal === 0 ? 0 : signalNumber(signal);
  checked(native().pidfdSendSignal(pidfd, number, flags), 'pidfd_send_signal');
}

/** What PIDFD_GET_INFO answers, by the kernel's names. What the kernel does not know is absent. */
export type PidfdInfo = NativePidfdInfo;

/**
 * PIDFD_GET_*_NAMESPACE (Linux 6.11): a descriptor of a namespace of a pidfd's process. The caller closes it.
 * @throws NamespaceError EACCES without PTRACE_MODE_READ_FSCREDS, ESRCH after the process was reaped, ENOTTY before 6.11
 */
export function pidfdGetNamespace(pidfd: number, link: NamespaceLink): number {
  const request = [...NAMESPACE_LINKS].sort().indexOf(link) + 1;
  if (request === 0) throw invalidArgValue('link', link, `must be one of ${NAMESPACE_LINKS.join(', ')}`);
  return checkedDescriptor(native().pidfdGetNamespace(pidfd, request), 'ioctl');
}

/**
 * PIDFD_GET_INFO (Linux 6.13; `exitCode`, the raw wait status, 6.15 and after the reap).
 * @throws NamespaceError ESRCH, EREMOTE for a process outside of the caller's PID namespace, ENOTTY before 6.13
 */
export function pidfdGetInfo(pidfd: number): PidfdInfo {
  return objectOf(native().pidfdGetInfo(pidfd), {syscall: 'ioctl'});
}
