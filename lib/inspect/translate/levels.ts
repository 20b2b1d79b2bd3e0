// A PID namespace and its ancestors, and the PIDs of a process in each of them.
import {closeSync, constants, fstatSync, openSync} from 'node:fs';
import {native} from '../../shared/native.js';
import {readProcess} from '../proc/links.js';
import type {Procfs} from '../proc/procfs.js';
import {parseStatus} from '../proc/status.js';

/**
 * Returns the ids of a pid or user namespace and of its ancestors up to the caller's own, the innermost first.
 * @param fd - a descriptor of the namespace. It stays open
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

/** The PIDs of a process, and the PID namespaces in which it has them. */
export interface Levels {
  /** The PIDs, the outermost first, starting with the one in the namespace that the procfs shows. */
  pids: number[];
  /** The ids of the namespaces, the innermost first; undefined where the caller may not inspect the process. */
  namespaces: number[] | undefined;
}

/**
 * Reads the PIDs and the PID namespaces of a process.
 * @returns undefined where the process has ended
 */
export function levelsOf(procfs: Procfs, pid: number): Levels | undefined {
  for (;;) {
    const before = readPids(procfs, pid);
    if (before === undefined) return undefined;
    const namespaces = ancestryOf(procfs, pid);
    const after = readPids(procfs, pid);
    // If they differ, another process had the PID when the namespace was opened: read both again.
    if (after !== undefined && String(after) === String(before)) return {pids: before, namespaces};
  }
}

/** Returns the PID of a process in one of its PID namespaces, or undefined where it does not live in that namespace. */
export function pidIn({pids, namespaces}: Levels, namespace: number): number | undefined {
  const distance = namespaces?.indexOf(namespace) ?? -1;
  return distance < 0 ? undefined : pids[pids.length - 1 - distance];
}

/** Returns the field NSpid of a process or thread, or undefined where it has ended. */
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

/** Returns the id of the PID namespace that a procfs shows, or undefined where the caller cannot find it out. */
export function namespaceShown(procfs: Procfs): number | undefined {
  return readProcess(procfs, procfs.own ? 'self' : 1, [])?.ids.pid;
}
