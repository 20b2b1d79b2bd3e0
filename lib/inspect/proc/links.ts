// The links of /proc/PID/ns, namespaces(7).
import {EACCES} from '../../shared/kernel.js';
import {type NamespaceType, namespaceTypes} from '../../shared/namespace-types.js';
import {native} from '../../shared/native.js';
import type {Procfs} from './procfs.js';

/** The links of /proc/PID/ns: one for each type, and the two for the namespaces that the process's next children will be in. */
export const NAMESPACE_LINKS = [...namespaceTypes, 'pid_for_children', 'time_for_children'] as const;

/**
 * The name of a link of /proc/PID/ns: a type of namespace, or `pid_for_children` or `time_for_children` for the namespace that the next
 * children of the process will be in. See namespaces(7).
 */
export type NamespaceLink = (typeof NAMESPACE_LINKS)[number];

/** The ids (inode numbers) of namespaces, by link. A link that the kernel does not have, or hides from the caller, is absent. */
export type NamespaceIds = Partial<Record<NamespaceLink, number>>;

/** Returns the type of the namespace that a link points to. */
export function typeOfLink(link: NamespaceLink): NamespaceType {
  return link === 'pid_for_children' ? 'pid' : link === 'time_for_children' ? 'time' : link;
}

/** What was read from the directory of one process. */
export interface ProcessReading {
  /** The contents of the files that were asked for, undefined for a file that could not be read. */
  files: (string | undefined)[];
  ids: NamespaceIds;
  /** Whether the kernel shows the namespaces to the caller (ptrace access mode PTRACE_MODE_READ_FSCREDS). */
  readable: boolean;
}

const buffer = new Float64Array(NAMESPACE_LINKS.length);
// In the order in which the addon fills the buffer.
let links: NamespaceLink[] | undefined;

/**
 * Reads files and namespace ids of one process. All are read through one descriptor of its directory, so they never belong to another
 * process that has received the same PID meanwhile.
 * @param directory - relative to the procfs: a PID, or `PID/task/TID`
 * @returns undefined where the process has ended
 */
export function readProcess(
  procfs: Procfs,
  directory: number | string,
  files: readonly string[],
): ProcessReading | undefined {
  const result = native().readProcess(`${procfs.path}/${directory}`, files, buffer);
  // A /proc that is mounted with hidepid=1 gives EACCES for the directory itself.
  if (typeof result === 'number') return undefined;
  const ids: NamespaceIds = {};
  links ??= Object.keys(native().namespaceRequests) as NamespaceLink[];
  for (const [index, link] of links.entries()) {
    const id = buffer[index];
    if (id) ids[link] = id;
  }
  const error = result.pop() as number;
  return {files: result as (string | undefined)[], ids, readable: error !== -EACCES};
}
