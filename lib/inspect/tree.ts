// Builds the hierarchy of namespaces.

import {KnownOptions, namesOf} from '../shared/known-options.js';
import {UsersInside} from './inside.js';
import {type ListNamespacesOptions, type NamespaceInfo, takeSnapshot} from './list-namespaces.js';
import {describe, type ProcessInfo} from './list-processes.js';
import {procfs} from './proc/procfs.js';
import {namespaceShown} from './translate/levels.js';

/** A namespace in the result of {@link namespaceTree}. */
export interface NamespaceNode extends NamespaceInfo {
  /** The children of a pid or user namespace, sorted by id; empty for the other types. */
  children: NamespaceNode[];
  /** The namespaces of other types that a user namespace owns; empty for the other types. */
  owned: NamespaceNode[];
  /**
   * The processes that live in it, sorted by PID. Processes that the caller may not inspect are listed in the PID namespace that the procfs
   * shows, because they live there or in a descendant.
   */
  members: ProcessInfo[];
}

/** The result of {@link namespaceTree}. */
export interface NamespaceTree {
  /** The PID namespaces that have no visible parent. Usually this is only the caller's own. */
  pid: NamespaceNode[];
  /** The user namespaces that have no visible parent, with all namespaces that they own. */
  user: NamespaceNode[];
  /** The namespaces of other types that have no visible owner. */
  unowned: NamespaceNode[];
}

const treeOptions = new KnownOptions(
  namesOf<Omit<ListNamespacesOptions, 'types' | 'pid'>>({proc: true, threads: true}),
);

/**
 * Returns the hierarchies of the pid and the user namespaces, with the processes that live in each namespace, and all other namespaces
 * below their owners. A PID namespace is in both hierarchies: below its parent, and below its owner.
 *
 * Privilege: none. Only processes to which the caller has ptrace access mode PTRACE_MODE_READ_FSCREDS are inspected, see ptrace(2).
 *
 * @throws ERR_INVALID_ARG_TYPE, ERR_PROC_NAMESPACE_MISMATCH
 * @see lsns(8), namespaces(7), user_namespaces(7)
 */
export function namespaceTree(options?: Omit<ListNamespacesOptions, 'types' | 'pid'>): NamespaceTree {
  options = treeOptions.read(options);
  const {processes, namespaces} = takeSnapshot(options);
  const nodes = new Map<string, NamespaceNode>();
  for (const [key, info] of namespaces) nodes.set(key, {...info, children: [], owned: [], members: []});
  const proc = procfs(options.proc);
  const users = new UsersInside(proc);
  const outermost = nodes.get(`pid:${namespaceShown(proc)}`);
  for (const process of processes) {
    const info = describe(process, process.status.pids.at(-1) ?? process.pid, users.of(process));
    if (!process.readable) outermost?.members.push(info);
    for (const [link, id] of Object.entries(process.ids)) nodes.get(`${link}:${id}`)?.members.push(info);
  }
  const tree: NamespaceTree = {pid: [], user: [], unowned: []};
  for (const node of nodes.values()) {
    if (node.type === 'pid' || node.type === 'user') {
      (nodes.get(`${node.type}:${node.parent}`)?.children ?? tree[node.type]).push(node);
    }
    if (node.type !== 'user') (nodes.get(`user:${node.owner}`)?.owned ?? tree.unowned).push(node);
  }
  return tree;
}
