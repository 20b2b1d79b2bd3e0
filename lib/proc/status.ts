// /proc/PID/status and /proc/PID/stat, proc_pid_status(5) and proc_pid_stat(5).

/** What is used of /proc/PID/status. */
export interface ProcessStatus {
  /** The command's name, at most 15 bytes (64 for a kernel thread). */
  name: string;
  /** R, S, D, Z, T, t, X or I. */
  state: string;
  /** The process that a thread belongs to. */
  tgid: number;
  /** 0 where the parent is not visible. */
  ppid: number;
  /** The effective user, in the reader's user namespace. */
  uid: number;
  threads: number;
  /** The PID in each namespace, outermost (that of the procfs) first. */
  pids: number[];
}

/** Parses /proc/PID/status. */
export function parseStatus(text: string): ProcessStatus {
  const pids = field(text, 'NSpid');
  return {
    name: unescapeName(field(text, 'Name')),
    state: field(text, 'State').charAt(0),
    tgid: Number(field(text, 'Tgid')),
    ppid: Number(field(text, 'PPid')),
    uid: Number(field(text, 'Uid').split('\t')[1]),
    threads: Number(field(text, 'Threads')),
    // A kernel without PID namespaces has no NSpid.
    pids: (pids === '' ? field(text, 'Pid') : pids).split('\t').map(Number),
  };
}

// Name is escaped by the kernel, so a line break in it cannot forge another field.
function field(text: string, name: string): string {
  let start = text.startsWith(`${name}:`) ? 0 : text.indexOf(`\n${name}:`);
  if (start < 0) return '';
  start = text.indexOf(':', start) + 2;
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? undefined : end);
}

function unescapeName(name: string): string {
  return name.replace(/\\(n|\\)/g, (_, escaped) => (escaped === 'n' ? '\n' : '\\'));
}

/** When a process started, in clock ticks (1/100 s) after boot: field 22 of /proc/PID/stat. */
export function startTimeOf(stat: string): string | undefined {
  // The command in parentheses may hold anything, spaces and parentheses too; the last one ends it.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
