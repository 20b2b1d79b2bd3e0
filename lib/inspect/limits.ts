// The kernel's limits on namespaces.
import {readFileSync} from 'node:fs';
import {type NamespaceType, namespaceTypes} from '../shared/namespace-types.js';
import {asText} from '../shared/own.js';
import type {ProcessSource} from '../shared/source.js';
import {openNamespace} from './handle/open.js';
import {namespaceIds} from './ids.js';
import {listNamespaces} from './list-namespaces.js';
import {type ProcOptions, procfs, procOptions} from './proc/procfs.js';
import {scan} from './process.js';
import {ancestry} from './translate/levels.js';

/** The result of {@link namespaceLimits}. */
export interface NamespaceLimits {
  /** The nesting depth of the process's PID namespace, relative to the caller's own, which has depth 0. */
  pidDepth: number;
  /** The maximum nesting depth of PID namespaces, counted from the initial one, which has depth 0: 32. */
  maxPidDepth: number;
  /** The nesting depth of the process's user namespace, relative to the caller's own, which has depth 0. */
  userDepth: number;
  /** The maximum nesting depth of user namespaces, counted from the initial one, which has depth 0: 33. */
  maxUserDepth: number;
  /**
   * The sysctl `kernel.pid_max` of the caller's PID namespace. Since Linux 6.14 each PID namespace has its own, which can be read only from
   * inside; before that there is one for the whole machine. Undefined if it cannot be read.
   */
  pidMax: number | undefined;
  /**
   * How many namespaces each user may have in the caller's user namespace: `/proc/sys/user/max_*_namespaces`. The kernel counts a namespace
   * for its creator in each user namespace above it as well, so a lower limit of an outer user namespace applies first.
   */
  max: Partial<Record<NamespaceType, number>>;
  /**
   * The number of visible namespaces of each type that the caller's user namespace, or a descendant of it, owns. The kernel's own counts,
   * one for each user, cannot be read. The kernel decrements them some time (40 ms for net) after a namespace has ended.
   */
  inUse: Record<NamespaceType, number>;
}

/** MAX_PID_NS_LEVEL of the kernel, and the limit in its create_user_ns(). The initial namespace has level 0. */
const maxDepth = {pid: 32, user: 33};

/**
 * Returns the kernel's limits on the number and depth of namespaces, and how much of them is in use. Where creating a namespace fails with
 * ENOSPC, one of these limits is reached.
 *
 * Privilege: none for the caller itself; for another process as for {@link openNamespace}.
 *
 * @param source - the process whose depths are returned: a PID, a pidfd, a NamespacedProcess or a Sandbox. Default: the caller
 * @throws as {@link openNamespace}
 * @see namespaces(7), pid_namespaces(7), user_namespaces(7)
 */
export function namespaceLimits(source: ProcessSource = process.pid, options?: ProcOptions): NamespaceLimits {
  options = procOptions.read(options);
  const ownUser = namespaceIds(process.pid).user;
  const inUse = Object.fromEntries(namespaceTypes.map(type => [type, 0])) as Record<NamespaceType, number>;
  const isInitial = initialIds(options);
  for (const {type, owner, id} of listNamespaces(options)) {
    // The initial namespaces are not counted for any user, and the caller's own user namespace is counted in its parent.
    if (owner !== undefined && id !== ownUser && !isInitial(id)) inUse[type]++;
  }
  return {
    pidDepth: depthOf(source, 'pid', options),
    maxPidDepth: maxDepth.pid,
    userDepth: depthOf(source, 'user', options),
    maxUserDepth: maxDepth.user,
    pidMax: readNumber('/proc/sys/kernel/pid_max'),
    max: Object.fromEntries(
      namespaceTypes.flatMap(type => {
        const limit = readNumber(`/proc/sys/user/max_${type}_namespaces`);
        return limit === undefined ? [] : [[type, limit]];
      }),
    ),
    inUse,
  };
}

// Returns a test for the machine's initial namespaces. Kernel threads live in them, and most have fixed ids from 0xEFFFFFF7 to 0xEFFFFFFF.
function initialIds(options: ProcOptions): (id: number) => boolean {
  const kthreadd = scan(procfs(options.proc), 2, undefined);
  const ids = new Set(kthreadd?.status.name === 'kthreadd' ? Object.values(kthreadd.ids) : []);
  return id => ids.has(id) || (id >= 0xefff_fff7 && id <= 0xefff_ffff);
}

function depthOf(source: ProcessSource, type: 'pid' | 'user', options: ProcOptions): number {
  const handle = openNamespace(source, type, options);
  try {
    return ancestry(handle.fd).length - 1;
  } finally {
    handle.close();
  }
}

function readNumber(path: string): number | undefined {
  try {
    return Number(readFileSync(path, asText));
  } catch {
    return undefined;
  }
}
