// pidfds of the processes that sources name, for the length of a call.
import {fstatSync, readFileSync} from 'node:fs';
import {NamespaceError} from '../errors.js';
import {native} from '../native.js';
import {asText, own} from '../options/own.js';
import {resultOf} from '../system-call.js';

/** PIDFD_THREAD (6.9): the pid is a thread's. */
const PIDFD_THREAD = 0o200;
const PIDFS_MAGIC = 0x5049_4446;
const ESRCH = -3;

/**
 * A pidfd of a process or, where the kernel has such, of a thread.
 * @throws NamespaceError ESRCH where there is none
 */
export function openPidfd(pid: number): number {
  const pidfd = native().pidfdOpen(pid, 0);
  if (pidfd >= 0 || pidfd === ESRCH) return resultOf(pidfd, {syscall: 'pidfd_open'});
  const thread = native().pidfdOpen(pid, PIDFD_THREAD);
  return resultOf(thread >= 0 ? thread : pidfd, {syscall: 'pidfd_open'});
}

/** Calls with a pidfd that is closed afterwards. */
export function withPidfd<T>(pid: number, use: (pidfd: number) => T): T {
  const pidfd = openPidfd(pid);
  try {
    return use(pidfd);
  } finally {
    native().close(pidfd);
  }
}

/** Whether the process of a pidfd has not been reaped. */
export function exists(pidfd: number): boolean {
  // EPERM is somebody else's process, which is there.
  return native().pidfdSendSignal(pidfd, 0, 0) !== ESRCH;
}

/** The inode of a pidfd where it is the process's own (6.9), else undefined. */
export function inodeOf(pidfd: number): bigint | undefined {
  if (native().fstatfs(pidfd) !== PIDFS_MAGIC) return undefined;
  return fstatSync(pidfd, own({bigint: true as const})).ino;
}

/**
 * The PID of a pidfd's process, in the PID namespace of /proc.
 * @throws NamespaceError ESRCH where it was reaped, or is not visible there
 */
export function pidOf(pidfd: number, proc: string): number {
  const pid = /^Pid:\t(-?\d+)/m.exec(readFileSync(`${proc}/self/fdinfo/${pidfd}`, asText))?.[1];
  if (pid === undefined || Number(pid) <= 0) throw new NamespaceError({errno: ESRCH, syscall: 'pidfd_open'});
  return Number(pid);
}
