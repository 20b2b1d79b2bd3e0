// A PID namespace and those above it, by /proc.
import {closeSync, constants, fstatSync, openSync} from 'node:fs';
import {native} from '../native.js';
import {readProcess} from '../proc/links.js';
import type {Procfs} from '../proc/procfs.js';
import {parseStatus} from '../proc/status.js';

/**
 * The ids of a PID namespace and of its ancestors, innermost first, as far up as the caller's own.
 * @param fd - the namespace; it stays open
 */
export function ancestry(fd: number): number[] {
  const ids = [fstatSync(fd).ino];
  for (let parent = native().nsGetParent(fd); parent >= 0; ) {
    ids.push(fstatSync(parent).ino);
    const next = native().nsGetParent(parent);
    native().close(parent);
    parent = next;
  }
  return ids;
}

/** The numbers of a process, and the namespaces that they are in. */
export interface Levels {
  /** Outermost first, from the procfs's namespace on. */
  pids: number[];
  /** Innermost first; undefined where the process may not be inspected. */
  namespaces: number[] | undefined;
}

/**
 * Where a process lives, and its number there and above.
 * @returns undefined where it is gone
 */
export function levelsOf(procfs: Procfs, pid: number): Levels | undefined {
  for (;;) {
    const before = readPids(procfs, pid);
    if (before === undefined) return undefined;
    const namespaces = ancestryOf(procfs, pid);
    const after = readPids(procfs, pid);
    // Another process had the number when the namespace was opened: once more.
    if (after !== undefined && String(after) === String(before)) return {pids: before, namespaces};
  }
}

/** The number of a process in one of its namespaces. */
export function pidIn({pids, namespaces}: Levels, namespace: number): number | undefined {
  const distance = namespaces?.indexOf(namespace) ?? -1;
  return distance < 0 ? undefined : pids[pids.length - 1 - distance];
}

/** The NSpid of a process or thread, or undefined where it is gone. */
export function readPids(procfs: Procfs, pid: number): number[] | undefined {
  const status = procfs.read(pid, ['status'])?.[0];
  return status === undefined ? undefined : parseStatus(status).pids;
}

function ancestryOf(procfs: Procfs, pid: number): number[] | undefined {
  let fd: number;
  try {
    fd = openSync(`${procfs.directory(pid)}/ns/pid`, constants.O_RDONLY);
  } catch {
    return undefined;
  }
  try {
    return ancestry(fd);
  } finally {
    closeSync(fd);
  }
}

/** The PID namespace that a procfs shows, where it can be known. */
export function namespaceShown(procfs: Procfs): number | undefined {
  return readProcess(procfs, procfs.own ? 'self' : 1, [])?.ids.pid;
}
