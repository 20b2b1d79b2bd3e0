// Scans processes and threads for the listings.
import {type NamespaceIds, type NamespaceLink, readProcess} from './proc/links.js';
import type {Procfs} from './proc/procfs.js';
import {type ProcessStatus, parseStatus} from './proc/status.js';

/** A process as read from /proc/PID, without user names and without numbers of other namespaces. */
export interface ScannedProcess {
  pid: number;
  tid: number | undefined;
  status: ProcessStatus;
  /** The arguments; empty for a kernel thread, a zombie, and a process that has overwritten them. */
  argv: string[];
  ids: NamespaceIds;
  readable: boolean;
}

/** Options of a scan. */
export interface ScanOptions {
  threads?: boolean | undefined;
}

/** Scans all processes of a procfs, in ascending order of their PIDs. Processes that end meanwhile are left out. */
export function scanProcesses(procfs: Procfs, {threads}: ScanOptions = {}): ScannedProcess[] {
  const found: ScannedProcess[] = [];
  for (const pid of procfs.pids()) {
    const leader = scan(procfs, pid, undefined);
    if (leader === undefined) continue;
    found.push(leader);
    if (threads && leader.status.threads > 1) found.push(...differingThreads(procfs, leader));
  }
  return found;
}

/** Scans one process or thread. Returns undefined where it has ended. */
export function scan(procfs: Procfs, pid: number, tid: number | undefined): ScannedProcess | undefined {
  const directory = tid === undefined ? pid : `${pid}/task/${tid}`;
  const reading = readProcess(procfs, directory, ['status', 'cmdline']);
  const [status, cmdline] = reading?.files ?? [];
  if (reading === undefined || status === undefined) return undefined;
  return {
    pid,
    tid,
    status: parseStatus(status),
    argv: cmdline ? cmdline.replace(/\0$/, '').split('\0') : [],
    ids: reading.ids,
    readable: reading.readable,
  };
}

function differingThreads(procfs: Procfs, leader: ScannedProcess): ScannedProcess[] {
  return procfs.threads(leader.pid).flatMap(tid => {
    const thread = tid === leader.pid ? undefined : scan(procfs, leader.pid, tid);
    if (!thread?.readable || !leader.readable) return [];
    // A leader that has exited before its threads is a zombie and has left most of its namespaces. Only those that it has are compared.
    const links = Object.keys(leader.ids) as NamespaceLink[];
    return links.some(link => thread.ids[link] !== undefined && thread.ids[link] !== leader.ids[link]) ? [thread] : [];
  });
}

/** Returns the command as ps(1) shows it: the arguments, or the name in brackets where there are none. */
export function commandLine({argv, status}: ScannedProcess): string {
  if (status.state === 'Z') return `[${status.name}] <defunct>`;
  return argv.length > 0 && argv.some(argument => argument !== '') ? argv.join(' ') : `[${status.name}]`;
}
