// The ids of a process's namespaces.
import {NamespaceError} from '../errors.js';
import {assertIdentity} from '../handle/identity.js';
import {exists, pidOf} from '../handle/pidfd.js';
import {type ProcessSource, resolveProcess} from '../handle/source.js';
import {own} from '../options/own.js';
import {type NamespaceIds, readProcess} from '../proc/links.js';
import {type ProcOptions, procfs} from '../proc/procfs.js';

const ESRCH = -3;
const EACCES = -13;

/**
 * The ids (inode numbers) of all namespaces of a process, as the links of `/proc/PID/ns` show them. A type that the
 * kernel does not have is absent, and of a zombie most are.
 *
 * @param source - a PID (or thread's), a pidfd, a NamespacedProcess or a Sandbox
 * @throws NamespaceError: ESRCH where the process is gone, EACCES where it may not be inspected (ptrace access mode
 * PTRACE_MODE_READ_FSCREDS)
 * @throws ERR_INVALID_ARG_TYPE, ERR_PROC_NAMESPACE_MISMATCH
 * @see namespaces(7)
 */
export function namespaceIds(source: ProcessSource, options?: ProcOptions): NamespaceIds {
  options = own(options);
  const resolved = resolveProcess(source);
  const proc = procfs(options.proc);
  const pid = resolved.kind === 'pid' ? resolved.pid : pidOf(resolved.pidfd, proc.path);
  const reading = readProcess(proc, pid, []);
  // What was read is the process's own only if it is still there afterwards.
  const gone = resolved.kind === 'pidfd' && !exists(resolved.pidfd);
  if (reading === undefined || gone) throw new NamespaceError({errno: ESRCH, syscall: 'readlink', step: 'source'});
  if (resolved.kind === 'pid' && resolved.identity !== undefined) assertIdentity(pid, resolved.identity, options);
  if (!reading.readable) throw new NamespaceError({errno: EACCES, syscall: 'readlink', step: 'source'});
  return reading.ids;
}
