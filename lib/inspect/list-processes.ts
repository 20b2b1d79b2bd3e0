// Lists processes and the namespaces in which they live, as ps(1) does with its namespace columns.
import {invalidArgValue} from '../errors/errors.js';
import {KnownOptions, namesOf} from '../shared/known-options.js';
import {NumbersInside, UsersInside} from './inside.js';
import type {NamespaceIds} from './proc/links.js';
import {type ProcOptions, procfs} from './proc/procfs.js';
import {userName} from './proc/users.js';
import {commandLine, type ScannedProcess, scanProcesses} from './process.js';
import type {PidNamespace} from './translate/translator.js';

/** A process (or thread) in the result of {@link listProcesses}. */
export interface ProcessInfo {
  /** The PID in the caller's PID namespace, or in the one that `options.proc` shows. */
  pid: number;
  /** The id of a thread whose namespaces differ from those of its process; undefined for a process. */
  tid: number | undefined;
  /** The PID in the target's PID namespace; without a target, in the process's own. */
  namespacePid: number;
  /** The PIDs in all PID namespaces of the process, the outermost first. */
  pids: number[];
  /** The PID of the parent, 0 where the parent is not visible. */
  ppid: number;
  /** The state: R, S, D, Z, T, t, X or I, as in proc_pid_status(5). */
  state: string;
  /** The effective user id, in the caller's user namespace. */
  uid: number;
  /** The name of that user, or the id as a string. */
  user: string;
  /** The effective user id in the process's own user namespace; undefined if it is not mapped or the caller may not inspect the process. */
  namespaceUid: number | undefined;
  /** The name of the executable, at most 15 bytes. */
  name: string;
  /** The arguments, joined by spaces, or the name in brackets if there are none. */
  command: string;
  /** The ids of its namespaces, by link of /proc/PID/ns; empty if the caller may not inspect the process. */
  namespaces: NamespaceIds;
  /** Whether the caller may inspect the process (ptrace access mode PTRACE_MODE_READ_FSCREDS). */
  readable: boolean;
}

/** The name of a property of {@link ProcessInfo}. */
export type ProcessColumn = keyof ProcessInfo;

const allColumns: readonly ProcessColumn[] = [
  'pid',
  'tid',
  'namespacePid',
  'pids',
  'ppid',
  'state',
  'uid',
  'user',
  'namespaceUid',
  'name',
  'command',
  'namespaces',
  'readable',
];

/** Options of {@link listProcesses}. */
export interface ListProcessesOptions<Column extends ProcessColumn = ProcessColumn> extends ProcOptions {
  /** Return only these properties. Default: all. */
  columns?: readonly Column[] | undefined;
  /** List also threads whose namespaces differ from those of their process. Default: false. */
  threads?: boolean | undefined;
}

const listOptions = new KnownOptions(namesOf<ListProcessesOptions>({proc: true, columns: true, threads: true}));

/**
 * Lists processes with their namespaces: those that live in one PID namespace or its descendants, or all visible processes. Processes that
 * start or end during the call cause no error. Processes that the caller may not inspect are listed without their namespaces.
 *
 * Privilege: none. The namespaces of a process are read only if the caller has ptrace access mode PTRACE_MODE_READ_FSCREDS to it, see
 * ptrace(2). A target must be opened, see {@link openNamespace}.
 *
 * @param target - a PID namespace: a handle, a path, or a process that lives there. Default: all processes that the procfs shows
 * @returns the processes, sorted by PID
 * @throws NamespaceError ESRCH or EACCES if the target cannot be opened
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE, ERR_PROC_NAMESPACE_MISMATCH
 * @see ps(1), namespaces(7)
 */
export function listProcesses<Column extends ProcessColumn = ProcessColumn>(
  target?: PidNamespace,
  options?: ListProcessesOptions<Column>,
): Pick<ProcessInfo, Column>[] {
  options = listOptions.read(options);
  for (const column of options.columns ?? []) {
    if (!allColumns.includes(column))
      throw invalidArgValue('options.columns', column, `must be of ${allColumns.join(', ')}`);
  }
  const proc = procfs(options.proc);
  const wantsInside = options.columns === undefined || options.columns.includes('namespaceUid' as Column);
  const users = wantsInside ? new UsersInside(proc) : undefined;
  using inside = target === undefined ? undefined : new NumbersInside(proc, target, options.proc);
  const found: Pick<ProcessInfo, Column>[] = [];
  for (const process of scanProcesses(proc, {threads: options.threads})) {
    const {pids} = process.status;
    const namespacePid = inside === undefined ? pids.at(-1) : inside.pidOf(process);
    if (namespacePid === undefined) continue;
    const info = describe(process, namespacePid, users?.of(process));
    found.push(options.columns === undefined ? info : pick(info, options.columns));
  }
  return found;
}

/** Builds the result for a scanned process. */
export function describe(process: ScannedProcess, namespacePid: number, namespaceUid: number | undefined): ProcessInfo {
  const {pid, tid, status, ids, readable} = process;
  const {pids, ppid, state, uid, name} = status;
  return {
    pid,
    tid,
    namespacePid,
    pids,
    ppid,
    state,
    uid,
    user: userName(uid),
    namespaceUid,
    name,
    command: commandLine(process),
    namespaces: ids,
    readable,
  };
}

function pick<Column extends ProcessColumn>(info: ProcessInfo, columns: readonly Column[]): Pick<ProcessInfo, Column> {
  return Object.fromEntries(columns.map(column => [column, info[column]])) as Pick<ProcessInfo, Column>;
}
