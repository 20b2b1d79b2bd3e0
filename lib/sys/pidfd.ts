// pidfd_open(2), pidfd_send_signal(2) and the ioctls of a pidfd.
import {invalidArgValue} from '../errors/errors.js';
import {objectOf} from '../errors/system-call.js';
import {NAMESPACE_LINKS, type NamespaceLink} from '../inspect/proc/links.js';
import {INT_MAX} from '../shared/kernel.js';
import {native} from '../shared/native.js';
import type {NativePidfdInfo} from '../shared/native-inspection.js';
import {signalNumber, validateInteger} from '../shared/validate.js';
import {checked, checkedDescriptor} from './checked.js';

/**
 * Opens a descriptor of a process: pidfd_open(2). The descriptor refers to this process even after its PID was given to another one. It is
 * close-on-exec, and the caller must close it (see {@link close}).
 *
 * Privilege: none. Linux 5.3.
 *
 * @param pid - the PID in the caller's PID namespace
 * @param flags - a mask of PIDFD_NONBLOCK (Linux 5.10) and PIDFD_THREAD (Linux 6.9). Default: 0
 * @throws NamespaceError ESRCH if there is no such process; EMFILE
 * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE
 * @see pidfd_open(2)
 */
export function pidfdOpen(pid: number, flags = 0): number {
  validateInteger(pid, 'pid', 1, INT_MAX);
  validateInteger(flags, 'flags', 0, 0xffffffff);
  return checkedDescriptor(native().pidfdOpen(pid, flags), 'pidfd_open');
}

/**
 * Sends a signal to the process that a pidfd refers to: pidfd_send_signal(2).
 *
 * Privilege: as for kill(2). Linux 5.1.
 *
 * @param pidfd - a pidfd of {@link pidfdOpen} or {@link clone}
 * @param signal - the name or number of a signal; 0 sends none and only checks whether one could be sent
 * @param flags - 0, or one of PIDFD_SIGNAL_* (Linux 6.9), which chooses between thread, process and process group. Default: 0
 * @throws NamespaceError ESRCH if the process has ended; EPERM; EBADF
 * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE, ERR_UNKNOWN_SIGNAL
 * @see pidfd_send_signal(2)
 */
export function pidfdSendSignal(pidfd: number, signal: NodeJS.Signals | number, flags = 0): void {
  validateInteger(pidfd, 'pidfd', 0, INT_MAX);
  validateInteger(flags, 'flags', 0, 0xffffffff);
  const number = signal === 0 ? 0 : signalNumber(signal);
  checked(native().pidfdSendSignal(pidfd, number, flags), 'pidfd_send_signal');
}

/** The result of {@link pidfdGetInfo}, by the kernel's names. Fields that this kernel does not fill in are absent. */
export type PidfdInfo = NativePidfdInfo;

/**
 * Opens a namespace of the process that a pidfd refers to: PIDFD_GET_*_NAMESPACE. The caller must close the descriptor that it returns.
 *
 * Privilege: ptrace access mode PTRACE_MODE_READ_FSCREDS to the process, see ptrace(2). Linux 6.11.
 *
 * @param link - which namespace: the name of a link of /proc/PID/ns
 * @throws NamespaceError EACCES without privilege; ESRCH if the process has been reaped; ENOTTY before Linux 6.11
 * @throws ERR_INVALID_ARG_VALUE
 * @see PIDFD_GET_NET_NAMESPACE and the like in linux/pidfd.h
 */
export function pidfdGetNamespace(pidfd: number, link: NamespaceLink): number {
  const {namespaceRequests} = native();
  const request = Object.hasOwn(namespaceRequests, link) ? namespaceRequests[link] : undefined;
  if (request === undefined) throw invalidArgValue('link', link, `must be one of ${NAMESPACE_LINKS.join(', ')}`);
  return checkedDescriptor(native().pidfdGetNamespace(pidfd, request), 'ioctl');
}

/**
 * Returns ids and other facts of the process that a pidfd refers to: PIDFD_GET_INFO. Its `exitCode` (the raw wait status) needs Linux
 * 6.15 and is present once the process has been reaped.
 *
 * Privilege: none. Linux 6.13.
 *
 * @throws NamespaceError ESRCH if the process has been reaped; EREMOTE for a process outside of the caller's PID namespace; ENOTTY before
 * Linux 6.13
 * @see pidfd_open(2)
 */
export function pidfdGetInfo(pidfd: number): PidfdInfo {
  return objectOf(native().pidfdGetInfo(pidfd), {syscall: 'ioctl'});
}
