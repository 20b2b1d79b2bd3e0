// Functions that translate one PID.
import {NamespaceError} from '../../errors/errors.js';
import {validPid} from '../../shared/source.js';
import {type ProcOptions, procfs, procOptions} from '../proc/procfs.js';
import {readPids} from './levels.js';
import {type PidNamespace, PidTranslator, type TranslationOptions, type TranslatorOptions} from './translator.js';

/**
 * Returns the PIDs of a process (or thread) in its own PID namespace and in each namespace above it, up to the caller's: the field NSpid of
 * /proc/PID/status.
 *
 * Privilege: none.
 *
 * @param pid - the PID in the caller's PID namespace, or in the one that `options.proc` shows
 * @returns the PIDs, the outermost first, starting with `pid` itself; undefined if there is no such process
 * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE, ERR_PROC_NAMESPACE_MISMATCH
 * @see proc_pid_status(5), pid_namespaces(7)
 */
export function getNamespacePids(pid: number, options?: ProcOptions): number[] | undefined {
  validPid(pid);
  return readPids(procfs(procOptions.read(options).proc), pid);
}

/**
 * Returns the PID that a process (or thread) has in another PID namespace.
 *
 * Privilege: as for {@link translatePid}.
 *
 * @param pid - the PID in the caller's PID namespace
 * @param target - the other PID namespace: a handle, a path, or a process that lives there (a PID, a pidfd, a NamespacedProcess or a
 * Sandbox)
 * @returns undefined if the process has ended or is not visible there
 * @throws as {@link translatePid}
 * @see pid_namespaces(7)
 */
export function toNamespacePid(pid: number, target: PidNamespace, options?: TranslationOptions): number | undefined {
  return translatePid(pid, {...options, to: target});
}

/**
 * Returns the PID in the caller's PID namespace of a process (or thread) of another PID namespace.
 *
 * Privilege: as for {@link translatePid}.
 *
 * @param namespacePid - the PID in `target`
 * @param target - the other PID namespace, as for {@link toNamespacePid}
 * @returns undefined if the process has ended or is not visible to the caller
 * @throws as {@link translatePid}
 * @see pid_namespaces(7)
 */
export function toHostPid(
  namespacePid: number,
  target: PidNamespace,
  options?: TranslationOptions,
): number | undefined {
  return translatePid(namespacePid, {...options, from: target});
}

/**
 * Translates the PID of a process (or thread) between any two PID namespaces. A {@link PidTranslator} is faster for more than one PID.
 *
 * Privilege: that of opening `from` and `to`, see {@link openNamespace}. The method `proc` (before Linux 6.11) also needs ptrace access
 * mode PTRACE_MODE_READ_FSCREDS to the process itself.
 *
 * @param pid - the PID in `from`
 * @param options - `from` and `to`; the default of both is the caller's PID namespace
 * @returns undefined if the process has ended or is not visible in one of the two namespaces, or if the process that names a namespace has
 * ended
 * @throws NamespaceError EACCES if a namespace may not be opened
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE, ERR_PROC_NAMESPACE_MISMATCH
 * @see ioctl_ns(2), pid_namespaces(7)
 */
export function translatePid(pid: number, options: TranslatorOptions): number | undefined {
  validPid(pid);
  let translator: PidTranslator | undefined;
  try {
    translator = new PidTranslator(options);
    return translator.translate(pid);
  } catch (error) {
    // The process that names a namespace has ended.
    if (error instanceof NamespaceError && error.code === 'ESRCH') return undefined;
    throw error;
  } finally {
    translator?.close();
  }
}
