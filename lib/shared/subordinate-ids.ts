// Subordinate ids: what a user may map beside its own id. subuid(5), subgid(5), newuidmap(1)
import {spawnSync} from 'node:child_process';
import {readFileSync, statSync} from 'node:fs';
import path from 'node:path';
import {native} from './native.js';
import {asText} from './own.js';

/** A range of ids in the caller's user namespace. */
export interface SubordinateRange {
  hostId: number;
  size: number;
}

export const subordinateFile = {uid: '/etc/subuid', gid: '/etc/subgid'} as const;
/** The programs that write the maps of a user who may not do so. Debian's package is uidmap. */
export const mapProgram = {uid: 'newuidmap', gid: 'newgidmap'} as const;

/** The name of the caller, or its number where it is in no passwd file. */
export function callerName(): string {
  const name = native().userName(process.getuid!());
  return typeof name === 'string' ? name : String(process.getuid!());
}

/**
 * Returns the ranges that the system gives to the caller, in their order: those of /etc/subuid or /etc/subgid, or of another source if
 * nsswitch.conf(5) names one.
 */
export function subordinateRanges(type: 'uid' | 'gid'): SubordinateRange[] {
  // The file, which is the default, is read without a process: that would hold the event loop.
  return (hasOtherSource() ? askProgram(type) : undefined) ?? readFile(type);
}

/** Returns whether nsswitch.conf(5) names another source of subordinate ids, such as a directory service. newuidmap asks that one then. */
export function hasOtherSource(): boolean {
  const [, sources] = /^\s*subid\s*:\s*([^#\n]*)/m.exec(textOf('/etc/nsswitch.conf') ?? '') ?? [];
  return sources !== undefined && sources.trim() !== 'files';
}

/** Asks getsubids(1) of shadow 4.10. Returns undefined if it is missing. */
function askProgram(type: 'uid' | 'gid'): SubordinateRange[] | undefined {
  const {error, stdout} = spawnSync('getsubids', [...(type === 'gid' ? ['-g'] : []), callerName()], asText);
  if (error !== undefined) return undefined;
  // "0: user 100000 65536"
  return [...stdout.matchAll(/^\d+: .* (\d+) (\d+)$/gm)].map(([, first, size]) => ({
    hostId: Number(first),
    size: Number(size),
  }));
}

/** The files name users, by name or number. */
function readFile(type: 'uid' | 'gid'): SubordinateRange[] {
  const text = textOf(subordinateFile[type]);
  if (text === undefined) return [];
  const names = new Set([callerName(), String(process.getuid!())]);
  return text
    .split('\n')
    .map(line => line.split(':'))
    .filter(([name = '', first = '', size = '']) => names.has(name) && /^\d+$/.test(first) && /^[1-9]\d*$/.test(size))
    .map(([, first, size]) => ({hostId: Number(first), size: Number(size)}));
}

/** Returns the mode of a program of {@link mapProgram}, which is looked up along PATH; undefined if there is none. */
export function modeOfProgram(program: string): number | undefined {
  return candidates(program)
    .map(modeOf)
    .find(mode => mode !== undefined);
}

/**
 * Returns whether a program of {@link mapProgram} takes `fd:N`, an open directory /proc/PID, as those of shadow 4.14 do. Its usage says so, and
 * so it is a text of the file.
 */
export function takesDescriptor(program: string): boolean {
  return (
    candidates(program)
      .map(textOf)
      .find(text => text !== undefined)
      ?.includes('fd:') === true
  );
}

function candidates(program: string): string[] {
  return (process.env.PATH ?? '').split(':').map(directory => path.join(directory, program));
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, asText);
  } catch {
    return undefined;
  }
}

function modeOf(file: string): number | undefined {
  try {
    return statSync(file).mode;
  } catch {
    // Not there, or in a directory that this user may not search.
    return undefined;
  }
}
