// Single questions about PIDs.
import {NamespaceError} from '../errors.js';
import {validPid} from '../handle/source.js';
import {own} from '../options/own.js';
import {type ProcOptions, procfs} from '../proc/procfs.js';
import {readPids} from './levels.js';
import {type PidNamespace, PidTranslator, type TranslationOptions, type TranslatorOptions} from './translator.js';

/**
 * The PIDs of a process (or thread) on all levels, as NSpid of proc_pid_status(5).
 * @param pid - in the caller's PID namespace, or in that of `options.proc`
 * @returns outermost first, starting with `pid` itself; undefined where there is no such process
 * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE, ERR_PROC_NAMESPACE_MISMATCH
 */
export function getNamespacePids(pid: number, options?: ProcOptions): number[] | undefined {
  validPid(pid);
  return readPids(procfs(own(options).proc), pid);
}

/**
 * The PID of a process (or thread) in another PID namespace.
 * @param pid - in the caller's PID namespace
 * @param target - a handle, a path, or a process that lives there: a PID, a pidfd, a NamespacedProcess, a Sandbox
 * @returns undefined where the process is gone, or not visible there
 * @throws as {@link translatePid}
 */
export function toNamespacePid(pid: number, target: PidNamespace, options?: TranslationOptions): number | undefined {
  return translatePid(pid, {...options, to: target});
}

/**
 * The PID in the caller's PID namespace of a process (or thread) of another one.
 * @param namespacePid - in `target`
 * @param target - as for {@link toNamespacePid}
 * @returns undefined where the process is gone
 * @throws as {@link translatePid}
 */
export function toHostPid(
  namespacePid: number,
  target: PidNamespace,
  options?: TranslationOptions,
): number | undefined {
  return translatePid(namespacePid, {...options, from: target});
}

/**
 * The PID of a process (or thread) between any two PID namespaces. For many questions keep a {@link PidTranslator}.
 * @param pid - in `from`
 * @param options - `from` and `to`, default the caller's namespace
 * @returns undefined where the process is gone or not visible in one of the two, or the process that stands for a
 * namespace is gone
 * @throws NamespaceError EACCES where a namespace may not be opened
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE
 */
export function translatePid(pid: number, options: TranslatorOptions): number | undefined {
  validPid(pid);
  let translator: PidTranslator | undefined;
  try {
    translator = new PidTranslator(options);
    return translator.translate(pid);
  } catch (error) {
    // The process that stood for a namespace is gone, and nothing is visible from there any more.
    if (error instanceof NamespaceError && error.code === 'ESRCH') return undefined;
    throw error;
  } finally {
    translator?.close();
  }
}
