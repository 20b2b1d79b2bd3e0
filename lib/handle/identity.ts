// What tells a process from the next one with its PID.
import {NamespaceError} from '../errors.js';
import {own} from '../options/own.js';
import {type ProcOptions, procfs} from '../proc/procfs.js';
import {startTimeOf} from '../proc/status.js';
import {inodeOf, withPidfd} from './pidfd.js';
import {validPid} from './source.js';

/** Compare with `===`; what it is made of is not part of the interface. */
export type ProcessIdentity = string & {readonly processIdentity?: never};

/**
 * Something that stays unique for a process when PIDs are reused, until the machine is booted anew: the inode of
 * its pidfd (Linux 6.9), else its PID and start time. A PID that is reused within the same hundredth of a second
 * is not told apart by a start time.
 *
 * @param pid - a process or thread
 * @param options - with a `proc`, the pid is of that mount's PID namespace, and the identity is the start time
 * @returns undefined where there is no such process
 * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE
 * @see pidfd_open(2), proc_pid_stat(5)
 */
export function processIdentity(pid: number, options?: ProcOptions): ProcessIdentity | undefined {
  options = own(options);
  validPid(pid);
  if (options.proc === undefined) {
    try {
      const inode = withPidfd(pid, inodeOf);
      if (inode !== undefined) return `pidfd:${inode}`;
    } catch (error) {
      if (error instanceof NamespaceError && error.code === 'ESRCH') return undefined;
      // A kernel without pidfds of threads: the start time will do.
    }
  }
  const stat = procfs(options.proc).read(pid, ['stat'])?.[0];
  return stat === undefined ? undefined : `start:${pid}:${startTimeOf(stat)}`;
}

/**
 * Refuses a process that is not the one it was.
 * @throws NamespaceError ESRCH
 */
export function assertIdentity(pid: number, identity: ProcessIdentity, options: ProcOptions): void {
  const proc = identity.startsWith('start:') ? (options.proc ?? '/proc') : options.proc;
  if (processIdentity(pid, {proc}) === identity) return;
  throw new NamespaceError({
    errno: -3,
    step: 'source',
    hint: `process ${pid} is gone, and its PID may be another process's now`,
  });
}
