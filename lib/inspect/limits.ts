// What the kernel allows.
import {readFileSync} from 'node:fs';
import {openNamespace} from '../handle/open.js';
import type {ProcessSource} from '../handle/source.js';
import {type NamespaceType, namespaceTypes} from '../namespace-types.js';
import {asText, own} from '../options/own.js';
import {type ProcOptions, procfs} from '../proc/procfs.js';
import {ancestry} from '../translate/levels.js';
import {namespaceIds} from './ids.js';
import {listNamespaces} from './list-namespaces.js';
import {scan} from './process.js';

/** What {@link namespaceLimits} answers. Numbers that cannot be known are undefined. */
export interface NamespaceLimits {
  /** How deep the PID namespace lies below the caller's own, which is 0; and how deep the kernel lets them nest. */
  pidDepth: number;
  maxPidDepth: number;
  /** The same of user namespaces. */
  userDepth: number;
  maxUserDepth: number;
  /** The `kernel.pid_max` of the caller's PID namespace: its own since Linux 6.14, the machine's before. Of another namespace it can be read only from within. */
  pidMax: number | undefined;
  /**
   * `/proc/sys/user/max_*_namespaces` of the caller's user namespace: how many each user may have. A namespace counts
   * for its maker in each user namespace above it, too, so a smaller limit there comes first.
   */
  max: Partial<Record<NamespaceType, number>>;
  /**
   * How many of them are in use, as far as they can be seen: the namespaces that the caller's user namespace, or one
   * below it, owns. The kernel counts by user and does not tell; it gives a count back some time (net: 40 ms) after
   * the namespace is gone.
   */
  inUse: Record<NamespaceType, number>;
}

/** MAX_PID_NS_LEVEL, and the levels of create_user_ns(): counted with the initial namespace as level 0. */
const maxDepth = {pid: 32, user: 33};

/**
 * The limits of namespaces for a process: a failure with ENOSPC has met one of them.
 * @param source - whose depth is told; default the caller
 * @throws as {@link openNamespace}
 * @see namespaces(7), pid_namespaces(7), user_namespaces(7)
 */
export function namespaceLimits(source: ProcessSource = process.pid, options?: ProcOptions): NamespaceLimits {
  options = own(options);
  const ownUser = namespaceIds(process.pid).user;
  const inUse = Object.fromEntries(namespaceTypes.map(type => [type, 0])) as Record<NamespaceType, number>;
  const isInitial = initialIds(options);
  for (const {type, owner, id} of listNamespaces(options)) {
    // The machine's first ones count for nobody, and the caller's own for the namespace above.
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

// The machine's first namespaces: the kernel's own threads live in them, and most have fixed numbers, from
// 0xEFFFFFF7 to 0xEFFFFFFF.
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
