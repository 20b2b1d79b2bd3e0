// Reads the ids of a process's namespaces.
import {NamespaceError} from '../errors/errors.js';
import {EACCES, ESRCH} from '../shared/kernel.js';
import {type ProcessSource, resolveProcess} from '../shared/source.js';
import {assertIdentity} from './handle/identity.js';
import {exists, pidOf} from './handle/pidfd.js';
import {type NamespaceIds, readProcess} from './proc/links.js';
import {type ProcOptions, procfs, procOptions} from './proc/procfs.js';

/**
 * Returns the ids (inode numbers) of all namespaces of a process, as the links of `/proc/PID/ns` show them. Types that the kernel does not
 * have are absent. For a zombie most types are absent.
 *
 * Privilege: ptrace access mode PTRACE_MODE_READ_FSCREDS to the process, see ptrace(2). An ordinary user has it for its own dumpable
 * processes; other processes need CAP_SYS_PTRACE.
 *
 * @param source - the PID of a process or thread, a pidfd, a NamespacedProcess or a Sandbox
 * @throws NamespaceError ESRCH if the process has ended; EACCES without privilege
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE, ERR_PROC_NAMESPACE_MISMATCH
 * @see namespaces(7)
 */
export function namespaceIds(source: ProcessSource, options?: ProcOptions): NamespaceIds {
  options = procOptions.read(options);
  const resolved = resolveProcess(source);
  const proc = procfs(options.proc);
  const pid = resolved.kind === 'pid' ? resolved.pid : pidOf(resolved.pidfd, proc.path);
  const reading = readProcess(proc, pid, []);
  // The ids belong to the process of the pidfd only if that process still exists after they were read.
  const gone = resolved.kind === 'pidfd' && !exists(resolved.pidfd);
  if (reading === undefined || gone) throw new NamespaceError({errno: ESRCH, syscall: 'readlink', step: 'source'});
  if (resolved.kind === 'pid' && resolved.identity !== undefined) assertIdentity(pid, resolved.identity, options);
  if (!reading.readable) throw new NamespaceError({errno: EACCES, syscall: 'readlink', step: 'source'});
  return reading.ids;
}
