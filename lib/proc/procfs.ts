// A mount of procfs. The PIDs in it are those of the PID namespace it was mounted in, whoever reads it.
import {readdirSync, readFileSync, readlinkSync, statSync} from 'node:fs';
import {codedError, invalidArgType} from '../errors.js';
import {native} from '../native.js';
import {asText, orUndefined} from '../options/own.js';
import {parseStatus} from './status.js';

/** Which procfs a function reads. */
export interface ProcOptions {
  /**
   * A mount of procfs; default `/proc`, which has to show the caller's own PID namespace. With a mount that is
   * named here, all PIDs that go in and come out are those of the namespace which that mount shows.
   */
  proc?: string | undefined;
}

const defaultMount = '/proc';

/** A mount of procfs, and whether its PIDs are the caller's. */
export class Procfs {
  constructor(
    readonly path: string,
    /** Whether it shows the caller's own PID namespace. */
    readonly own: boolean,
  ) {}

  /** The directory of a process or thread. */
  directory(pid: number): string {
    return `${this.path}/${pid}`;
  }

  /** All processes, in ascending order. */
  pids(): number[] {
    return numericEntries(this.path).sort((a, b) => a - b);
  }

  /** The threads of a process, none where it is gone. */
  threads(pid: number): number[] {
    try {
      return numericEntries(`${this.path}/${pid}/task`);
    } catch {
      return [];
    }
  }

  /** Files of one process, or undefined where it is gone. A file that cannot be read is undefined. */
  read(pid: number | string, files: readonly string[]): (string | undefined)[] | undefined {
    const answer = native().readProcess(`${this.path}/${pid}`, files, null);
    return typeof answer === 'number' ? undefined : (answer.slice(0, -1) as (string | undefined)[]);
  }

  /** A file's content, or undefined. */
  file(name: string): string | undefined {
    try {
      return readFileSync(`${this.path}/${name}`, asText);
    } catch {
      return undefined;
    }
  }
}

/**
 * The procfs that a `proc` option names.
 * @throws ERR_PROC_NAMESPACE_MISMATCH where nothing was named and /proc does not show the caller's PID namespace
 */
export function procfs(option?: string): Procfs {
  if (option !== undefined && typeof option !== 'string')
    throw invalidArgType('options.proc', 'of type string', option);
  const path = option ?? defaultMount;
  const own = isOwn(path);
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

// A mount's device number is as good as the mount: another procfs on that path has another one.
const known = new Map<string, {dev: number; own: boolean}>();

function isOwn(path: string): boolean {
  const dev = statSync(path, orUndefined)?.dev;
  const before = known.get(path);
  if (dev !== undefined && before?.dev === dev) return before.own;
  const own = showsOwnNamespace(path);
  if (dev !== undefined) known.set(path, {dev, own});
  return own;
}

/**
 * Whether a procfs shows the caller's PID namespace: it knows the caller by its own number, and by no other one.
 * @param path - where it is mounted
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
