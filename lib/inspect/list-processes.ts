// Processes and the namespaces they live in, as ps(1) shows them with its namespace columns.
import {invalidArgValue} from '../errors.js';
import {own} from '../options/own.js';
import type {NamespaceIds} from '../proc/links.js';
import {type ProcOptions, procfs} from '../proc/procfs.js';
import {userName} from '../proc/users.js';
import type {PidNamespace} from '../translate/translator.js';
import {NumbersInside, UsersInside} from './inside.js';
import {commandLine, type ScannedProcess, scanProcesses} from './process.js';

/** A process (or thread) as {@link listProcesses} shows it. */
export interface ProcessInfo {
  /** In the caller's PID namespace, or in that of `options.proc`. */
  pid: number;
  /** A thread, whose namespaces differ from those of its process. */
  tid: number | undefined;
  /** In the target's PID namespace, or without a target in the process's own. */
  namespacePid: number;
  /** On all levels, outermost first. */
  pids: number[];
  /** 0 where the parent is not visible. */
  ppid: number;
  /** R, S, D, Z, T, t, X or I, as in proc_pid_status(5). */
  state: string;
  /** The effective user, as the caller's user namespace knows them. */
  uid: number;
  user: string;
  /** The effective user as the process's own user namespace knows them; undefined where not mapped, or not to be seen. */
  namespaceUid: number | undefined;
  /** The name of the executable, at most 15 bytes. */
  name: string;
  /** The arguments, joined by blanks, or the name in brackets where there are none. */
  command: string;
  /** Ids by link of /proc/PID/ns; empty where the caller may not inspect the process. */
  namespaces: NamespaceIds;
  /** Whether the caller may inspect the process (ptrace access mode PTRACE_MODE_READ_FSCREDS). */
  readable: boolean;
}

/** A property of {@link ProcessInfo}. */
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

/** What {@link listProcesses} lists. */
export interface ListProcessesOptions<Column extends ProcessColumn = ProcessColumn> extends ProcOptions {
  /** Only these properties; default all. */
  columns?: readonly Column[] | undefined;
  /** Also threads whose namespaces differ from their process's; default false. */
  threads?: boolean | undefined;
}

/**
 * Lists processes with their namespaces: those that live in a PID namespace or below it, or all that are visible.
 * Processes that come and go meanwhile are no error; those that the caller may not inspect are listed with what can
 * be known.
 *
 * @param target - a PID namespace: a handle, or a process that lives there; default all that the procfs shows
 * @returns in the order of their PIDs
 * @throws NamespaceError ESRCH, EACCES where the target cannot be opened
 * @throws ERR_INVALID_ARG_VALUE, ERR_PROC_NAMESPACE_MISMATCH
 */
export function listProcesses<Column extends ProcessColumn = ProcessColumn>(
  target?: PidNamespace,
  options?: ListProcessesOptions<Column>,
): Pick<ProcessInfo, Column>[] {
  options = own(options);
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

/** A scanned process with what follows from it. */
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
