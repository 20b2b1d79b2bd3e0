// A case is one feature of a package that spawns. It runs once over child_process and once over this library, in a process of its own.
import {readFileSync} from 'node:fs';
import {inspect} from 'node:util';

export interface Case {
  /** What the package does. */
  name: string;
  /** Returns what it has observed. */
  run(): unknown;
  /** If the two differ: the reason. If it is absent, both must observe the same. */
  difference?: undefined | {childProcess: string; namespawn: string; why: string};
}

/** What one run of a case has observed. */
export interface Seen {
  name: string;
  observed: string;
  difference: Case['difference'];
}

/** Returns what a case has observed as text, in one line. */
export const textOf = (observed: unknown): string =>
  typeof observed === 'string' || observed instanceof Error
    ? String(observed)
    : inspect(observed, {depth: 5, breakLength: Infinity, compact: true});

/** Returns the fields of an object that are neither undefined nor false. */
export function fieldsOf(object: unknown, names: readonly string[]): Record<string, unknown> {
  const all = object as Record<string, unknown>;
  return Object.fromEntries(
    names.filter(name => all[name] !== undefined && all[name] !== false).map(name => [name, all[name]]),
  );
}

/** Returns all items of an iterable. */
export async function allOf<T>(items: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Returns the reason for which a promise is rejected. */
export const reasonOf = async (promise: PromiseLike<unknown>): Promise<unknown> => {
  try {
    return await promise;
  } catch (error) {
    return error;
  }
};

/** Returns whether a process runs. One that has ended and is not reaped yet does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
