// Identities distinguish a process from a later process with the same PID.
import {NamespaceError} from '../../errors/errors.js';
import {ESRCH} from '../../shared/kernel.js';
import {type ProcessIdentity, validPid} from '../../shared/source.js';
import {type ProcOptions, procfs, procOptions} from '../proc/procfs.js';
import {startTimeOf} from '../proc/status.js';
import {inodeOf, withPidfd} from './pidfd.js';

/**
 * Returns a string that identifies a process until the machine is rebooted, even if its PID is reused. It is made from the inode of the
 * process's pidfd (since Linux 6.9), otherwise from its PID and start time. A start time cannot distinguish two processes if the PID is
 * reused within the same hundredth of a second.
 *
 * Privilege: none.
 *
 * @param pid - the PID of a process or thread
 * @param options - if `proc` is set, `pid` is a PID in that mount's PID namespace, and the identity is made from the start time
 * @returns undefined if there is no such process
 * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE, ERR_PROC_NAMESPACE_MISMATCH
 * @see pidfd_open(2), proc_pid_stat(5)
 */
export function processIdentity(pid: number, options?: ProcOptions): ProcessIdentity | undefined {
  options = procOptions.read(options);
  validPid(pid);
  if (options.proc === undefined) {
    try {
      const inode = withPidfd(pid, inodeOf);
      if (inode !== undefined) return `pidfd:${inode}`;
    } catch (error) {
      if (error instanceof NamespaceError && error.code === 'ESRCH') return undefined;
      // Before Linux 6.9 there are no pidfds of threads. The start time is used instead.
    }
  }
  const stat = procfs(options.proc).read(pid, ['stat'])?.[0];
  return stat === undefined ? undefined : `start:${pid}:${startTimeOf(stat)}`;
}

/**
 * Checks that a PID still belongs to the process with the given identity.
 * @throws NamespaceError ESRCH if it does not
 */
export function assertIdentity(pid: number, identity: ProcessIdentity, options: ProcOptions): void {
  const proc = identity.startsWith('start:') ? (options.proc ?? '/proc') : options.proc;
  if (processIdentity(pid, {proc}) === identity) return;
  throw new NamespaceError({
    errno: ESRCH,
    step: 'source',
    hint: `process ${pid} is gone, and its PID may be another process's now`,
  });
}
