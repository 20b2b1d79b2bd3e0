// Processes as /proc shows them.
import {readdirSync, readFileSync} from 'node:fs';

/** A file of /proc; undefined where its process is gone meanwhile. */
export function readProc(file: string): string | undefined {
  try {
    return readFileSync(`/proc/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

/** Fields of /proc/PID/status. */
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

/** Whether a process is there, be it as a zombie. */
export function isThere(pid: number): boolean {
  return readProc(`${pid}/stat`) !== undefined;
}

/** Whether a process runs. What is left of an orphan after its end is for the machine's init to reap, which takes its time. */
export function isRunning(pid: number): boolean {
  const stat = readProc(`${pid}/stat`);
  return stat !== undefined && !/^.*\) [ZX]/s.test(stat);
}

/** This process's children, zombies among them, whichever thread made them. */
export function childrenOf(pid: number | 'self' = 'self'): number[] {
  return threadsOf(pid).flatMap(thread =>
    (readProc(`${pid}/task/${thread}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  );
}

export function threadsOf(pid: number | 'self' = 'self'): string[] {
  return readdirSync(`/proc/${pid}/task`);
}

/** All that `pid` has started, and they in turn. */
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
  /** Its session: nsinit stays in that of the Node which started it, and has no arguments to know it by. */
  session?: number;
}

/** The processes of this machine that have the argument or are of the session, and run. */
export function findProcesses({marker, session}: Search): {pid: number; command: string}[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      const command = (readProc(`${name}/cmdline`) ?? '').split('\0');
      // The name in parentheses may hold blanks.
      const fields = (readProc(`${name}/stat`) ?? '').replace(/^.*\) /s, '').split(' ');
      if (fields[0] === 'Z') return [];
      const isIt = (marker !== undefined && command.includes(marker)) || Number(fields[3]) === session;
      return isIt ? [{pid: Number(name), command: `${fields[0]} ${command.join(' ')}`}] : [];
    });
}

let markers = 0;

/** A duration for sleep(1) that no other process has: it outlasts the tests, and it finds the process. */
export function uniqueDuration(): string {
  return `1${process.pid.toString().padStart(7, '0')}.${++markers}`;
}
