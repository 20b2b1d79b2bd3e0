// The links of /proc/PID/ns.

import {type NamespaceType, namespaceTypes} from '../namespace-types.js';
import {native} from '../native.js';
import type {Procfs} from './procfs.js';

/** The links of /proc/PID/ns: the types, and the two that a process's children will get. */
export const NAMESPACE_LINKS = [...namespaceTypes, 'pid_for_children', 'time_for_children'] as const;

/** A link of /proc/PID/ns. */
export type NamespaceLink = (typeof NAMESPACE_LINKS)[number];

/** Ids of namespaces, by link. One that the kernel does not have, or hides, is absent. */
export type NamespaceIds = Partial<Record<NamespaceLink, number>>;

/** The type that a link's namespace is of. */
export function typeOfLink(link: NamespaceLink): NamespaceType {
  return link === 'pid_for_children' ? 'pid' : link === 'time_for_children' ? 'time' : link;
}

/** What one look into a process's directory found. */
export interface ProcessReading {
  /** The contents of the files that were asked for. */
  files: (string | undefined)[];
  ids: NamespaceIds;
  /** Whether the kernel lets us see the namespaces (ptrace access mode PTRACE_MODE_READ_FSCREDS). */
  readable: boolean;
}

const EACCES = -13;
const buffer = new Float64Array(NAMESPACE_LINKS.length);

/**
 * Files and namespaces of one process, never mixed with those of another that gets its number meanwhile.
 * @param directory - below the procfs: a PID, or `PID/task/TID`
 * @returns undefined where it is gone
 */
export function readProcess(
  procfs: Procfs,
  directory: number | string,
  files: readonly string[],
): ProcessReading | undefined {
  const answer = native().readProcess(`${procfs.path}/${directory}`, files, buffer);
  // EACCES for the directory itself is the /proc of a mount with hidepid=1.
  if (typeof answer === 'number') return undefined;
  const ids: NamespaceIds = {};
  for (const [index, link] of NAMESPACE_LINKS.entries()) {
    const id = buffer[index];
    if (id) ids[link] = id;
  }
  const error = answer.pop() as number;
  return {files: answer as (string | undefined)[], ids, readable: error !== -EACCES};
}
