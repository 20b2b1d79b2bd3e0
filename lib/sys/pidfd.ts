// pidfd_open(2) and pidfd_send_signal(2).
import {native} from '../native.js';
import {signalNumber, validateInteger} from '../validate.js';
import {checked} from './answer.js';

const maxInt = 0x7fffffff;

/**
 * A descriptor that means a process, and never another one that has got its number: pidfd_open(2). It is close-on-exec, and the
 * caller closes it (fs.closeSync). Privilege: none. Linux 5.3.
 *
 * @param pid - in the caller's PID namespace
 * @param flags - 0, PIDFD_NONBLOCK (5.10) or PIDFD_THREAD (6.9)
 * @throws NamespaceError ESRCH where there is no such process, EMFILE
 */
export function pidfdOpen(pid: number, flags = 0): number {
  validateInteger(pid, 'pid', 1, maxInt);
  validateInteger(flags, 'flags', 0, 0xffffffff);
  return checked(native().pidfdOpen(pid, flags), 'pidfd_open');
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
