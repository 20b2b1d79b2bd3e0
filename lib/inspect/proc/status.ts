// Parses /proc/PID/status and /proc/PID/stat, proc_pid_status(5) and proc_pid_stat(5).

/** The fields of /proc/PID/status that this package uses. */
export interface ProcessStatus {
  /** The name of the executable, at most 15 bytes (64 for a kernel thread). */
  name: string;
  /** R, S, D, Z, T, t, X or I. */
  state: string;
  /** The process that a thread belongs to. */
  tgid: number;
  /** The PID of the parent, 0 where the parent is not visible. */
  ppid: number;
  /** The effective user id, in the reader's user namespace. */
  uid: number;
  /** The number of threads. */
  threads: number;
  /** The PID in each PID namespace, starting with the one that the procfs shows, which is the outermost. */
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

// The kernel escapes the field Name, so a line break in a name cannot forge another field.
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

/** Returns the time at which a process started, in clock ticks (1/100 s) after boot: field 22 of /proc/PID/stat. */
export function startTimeOf(stat: string): string | undefined {
  // The name in parentheses may itself contain spaces and parentheses. It ends at the last closing one.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
