// One process or thread as a listing shows it.
import {type NamespaceIds, type NamespaceLink, readProcess} from '../proc/links.js';
import type {Procfs} from '../proc/procfs.js';
import {type ProcessStatus, parseStatus} from '../proc/status.js';

/** What a look into /proc/PID found, before names and numbers inside are added. */
export interface ScannedProcess {
  pid: number;
  tid: number | undefined;
  status: ProcessStatus;
  /** The arguments; none for a kernel thread, a zombie, or a process that hides them. */
  argv: string[];
  ids: NamespaceIds;
  readable: boolean;
}

/** What a scan looks for. */
export interface ScanOptions {
  threads?: boolean | undefined;
}

/** All processes of a procfs, in ascending order. Those that vanish meanwhile are left out. */
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

/** One process, or undefined where it is gone. */
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
    // A leader that has exited before its threads is a zombie, and has few namespaces left to differ from.
    const links = Object.keys(leader.ids) as NamespaceLink[];
    return links.some(link => thread.ids[link] !== undefined && thread.ids[link] !== leader.ids[link]) ? [thread] : [];
  });
}

/** The command as ps(1) shows it: the arguments, or the name in brackets where there are none. */
export function commandLine({argv, status}: ScannedProcess): string {
  if (status.state === 'Z') return `[${status.name}] <defunct>`;
  return argv.length > 0 && argv.some(argument => argument !== '') ? argv.join(' ') : `[${status.name}]`;
}
