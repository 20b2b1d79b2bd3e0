// pidfds that are open only for the duration of a call.
import {fstatSync, readFileSync} from 'node:fs';
import {NamespaceError} from '../../errors/errors.js';
import {resultOf} from '../../errors/system-call.js';
import {ESRCH} from '../../shared/kernel.js';
import {native} from '../../shared/native.js';
import {asText, own} from '../../shared/own.js';

const PIDFS_MAGIC = 0x5049_4446;

/**
 * Opens a pidfd of a process or, since Linux 6.9, of a thread.
 * @throws NamespaceError ESRCH if there is no such process
 */
export function openPidfd(pid: number): number {
  const pidfd = native().pidfdOpen(pid, 0);
  if (pidfd >= 0 || pidfd === ESRCH) return resultOf(pidfd, {syscall: 'pidfd_open', step: 'source'});
  const thread = native().pidfdOpen(pid, native().constants.PIDFD_THREAD!);
  return resultOf(thread >= 0 ? thread : pidfd, {syscall: 'pidfd_open', step: 'source'});
}

/** Opens a pidfd, calls a function with it, and closes it. */
export function withPidfd<T>(pid: number, use: (pidfd: number) => T): T {
  const pidfd = openPidfd(pid);
  try {
    return use(pidfd);
  } finally {
    native().close(pidfd);
  }
}

/** Returns whether the process of a pidfd has not been reaped yet. */
export function exists(pidfd: number): boolean {
  // EPERM means that the process exists and belongs to another user.
  return native().pidfdSendSignal(pidfd, 0, 0) !== ESRCH;
}

/** Returns the inode of a pidfd if inodes identify processes (Linux 6.9), otherwise undefined. */
export function inodeOf(pidfd: number): bigint | undefined {
  if (native().fstatfs(pidfd) !== PIDFS_MAGIC) return undefined;
  return fstatSync(pidfd, own({bigint: true as const})).ino;
}

/**
 * Returns the PID of a pidfd's process, in the PID namespace that a procfs shows.
 * @param proc - the path of the procfs
 * @throws NamespaceError ESRCH if the process has been reaped or is not visible there
 */
export function pidOf(pidfd: number, proc: string): number {
  const pid = /^Pid:\t(-?\d+)/m.exec(readFileSync(`${proc}/self/fdinfo/${pidfd}`, asText))?.[1];
  if (pid === undefined || Number(pid) <= 0)
    throw new NamespaceError({errno: ESRCH, syscall: 'pidfd_open', step: 'source'});
  return Number(pid);
}
