// A mount of procfs. It shows the PIDs of the PID namespace in which it was mounted, whichever process reads it.
import {lstatSync, readdirSync, readFileSync, readlinkSync, statfsSync, statSync} from 'node:fs';
import {codedError, invalidArgType, invalidArgValue} from '../../errors/errors.js';
import {KnownOptions, namesOf} from '../../shared/known-options.js';
import {native} from '../../shared/native.js';
import {asText, orUndefined} from '../../shared/own.js';
import {parseStatus} from './status.js';

/** Chooses the procfs that a function reads. */
export interface ProcOptions {
  /**
   * The path of a mount of procfs. Default: `/proc`, which must show the caller's own PID namespace. If this option is set, all PIDs that
   * the function takes and returns are those of the PID namespace that this mount shows.
   */
  proc?: string | undefined;
}

export const procNames = namesOf<ProcOptions>({proc: true});
export const procOptions = new KnownOptions(procNames);

const defaultMount = '/proc';

/** A mount of procfs. */
export class Procfs {
  constructor(
    readonly path: string,
    /** Whether the mount shows the caller's own PID namespace. */
    readonly own: boolean,
  ) {}

  /** Returns the directory of a process or thread. */
  directory(pid: number): string {
    return `${this.path}/${pid}`;
  }

  /** Returns the PIDs of all processes, in ascending order. */
  pids(): number[] {
    return numericEntries(this.path).sort((a, b) => a - b);
  }

  /** Returns the thread ids of a process; an empty array where the process has ended. */
  threads(pid: number): number[] {
    try {
      return numericEntries(`${this.path}/${pid}/task`);
    } catch {
      return [];
    }
  }

  /** Reads files of one process. Returns undefined where the process has ended; a file that cannot be read is undefined. */
  read(pid: number | string, files: readonly string[]): (string | undefined)[] | undefined {
    const result = native().readProcess(`${this.path}/${pid}`, files, null);
    return typeof result === 'number' ? undefined : (result.slice(0, -1) as (string | undefined)[]);
  }

  /** Returns the content of a file, or undefined where it cannot be read. */
  file(name: string): string | undefined {
    try {
      return readFileSync(`${this.path}/${name}`, asText);
    } catch {
      return undefined;
    }
  }
}

/**
 * Returns the procfs that the option `proc` names.
 * @throws ERR_INVALID_ARG_TYPE
 * @throws ERR_INVALID_ARG_VALUE if there is no procfs
 * @throws ERR_PROC_NAMESPACE_MISMATCH if the option is not set and /proc is no procfs, or does not show the caller's PID namespace
 */
export function procfs(option?: string): Procfs {
  if (option !== undefined && typeof option !== 'string')
    throw invalidArgType('options.proc', 'of type string', option);
  const path = option ?? defaultMount;
  const own = isOwn(path);
  if (own === undefined) throw noProcfs(path, option);
  if (!own && option === undefined) {
    throw codedError(
      'ERR_PROC_NAMESPACE_MISMATCH',
      `${path} does not show the PID namespace of this process (${process.pid}), so its numbers belong to other ` +
        "processes: mount a procfs of this namespace and name it in the option 'proc', or name " +
        `'${path}' there to use its numbers as they are`,
    );
  }
  return new Procfs(path, own);
}

const PROC_SUPER_MAGIC = 0x9fa0;

/** Returns whether procfs is mounted on a path, and not only around it. */
function isProcfs(path: string): boolean {
  try {
    return statfsSync(path).type === PROC_SUPER_MAGIC && lstatSync(`${path}/self`, orUndefined) !== undefined;
  } catch {
    return false;
  }
}

function noProcfs(path: string, option: string | undefined): Error {
  if (option !== undefined) return invalidArgValue('options.proc', path, 'must be the path of a mount of procfs');
  const message = `there is no procfs on ${path}: mount one, or name another in the option 'proc'`;
  return codedError('ERR_PROC_NAMESPACE_MISMATCH', message);
}

// Results by path. They are valid for as long as the device number is the same: another procfs on that path has another device number.
const known = new Map<string, {dev: number; own: boolean}>();

/** Returns whether a procfs shows the caller's PID namespace; undefined where there is none. */
function isOwn(path: string): boolean | undefined {
  const dev = statSync(path, orUndefined)?.dev;
  const before = known.get(path);
  if (dev !== undefined && before?.dev === dev) return before.own;
  if (!isProcfs(path)) return undefined;
  const own = showsOwnNamespace(path);
  if (dev !== undefined) known.set(path, {dev, own});
  return own;
}

/**
 * Returns whether a procfs shows the caller's PID namespace. If it does, it lists the caller under the caller's own PID, and the caller
 * has no other PID in it.
 * @param path - where the procfs is mounted
 */
export function showsOwnNamespace(path: string): boolean {
  try {
    if (readlinkSync(`${path}/self`) !== String(process.pid)) return false;
    return parseStatus(readFileSync(`${path}/self/status`, asText)).pids.length === 1;
  } catch {
    return false;
  }
}

function numericEntries(directory: string): number[] {
  const numbers: number[] = [];
  for (const name of readdirSync(directory)) {
    const code = name.charCodeAt(0);
    if (code >= 49 && code <= 57) numbers.push(Number(name));
  }
  return numbers;
}
