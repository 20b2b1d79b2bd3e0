// Reads processes from /proc.
import {readdirSync, readFileSync} from 'node:fs';

/** Returns the content of a file of /proc, or undefined if its process has ended. */
export function readProc(file: string): string | undefined {
  try {
    return readFileSync(`/proc/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

/** Returns fields of /proc/PID/status. */
export function statusOf(pid: number | string): Record<string, string> {
  return parseStatus(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

export function parseStatus(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .trimEnd()
      .split('\n')
      .map(line => line.split(/:\s*/, 2) as [string, string]),
  );
}

/** Returns whether a process exists, possibly as a zombie. */
export function isThere(pid: number): boolean {
  return readProc(`${pid}/stat`) !== undefined;
}

/** Returns whether a process runs. A zombie does not: that of an orphan stays until the init of the machine reaps it. */
export function isRunning(pid: number): boolean {
  const stat = readProc(`${pid}/stat`);
  return stat !== undefined && !/^.*\) [ZX]/s.test(stat);
}

/** Returns the children of all threads of this process, including zombies. */
export function childrenOf(pid: number | 'self' = 'self'): number[] {
  return threadsOf(pid).flatMap(thread =>
    (readProc(`${pid}/task/${thread}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  );
}

export function threadsOf(pid: number | 'self' = 'self'): string[] {
  return readdirSync(`/proc/${pid}/task`);
}

/** Returns all descendants of a process. */
export function descendantsOf(pid: number | 'self' = 'self'): number[] {
  return childrenOf(pid).flatMap(child => {
    try {
      return [child, ...descendantsOf(child)];
    } catch {
      return [child];
    }
  });
}

interface Search {
  /** An argument of the process. */
  marker?: string;
  /** Its session. nsinit has no arguments to find it by, but is in the session of the Node that has started it. */
  session?: number;
}

/** Returns the running processes of this machine that have the argument or belong to the session. */
export function findProcesses({marker, session}: Search): {pid: number; command: string}[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      const command = (readProc(`${name}/cmdline`) ?? '').split('\0');
      // The name in parentheses may contain spaces.
      const fields = (readProc(`${name}/stat`) ?? '').replace(/^.*\) /s, '').split(' ');
      if (fields[0] === 'Z') return [];
      const isIt = (marker !== undefined && command.includes(marker)) || Number(fields[3]) === session;
      return isIt ? [{pid: Number(name), command: `${fields[0]} ${command.join(' ')}`}] : [];
    });
}

let markers = 0;

/** Returns a duration for sleep(1) that no other process uses, to find the process by. It is longer than the tests take. */
export function uniqueDuration(): string {
  return `1${process.pid.toString().padStart(7, '0')}.${++markers}`;
}
