// The hierarchy of namespaces.

import {own} from '../options/own.js';
import {procfs} from '../proc/procfs.js';
import {namespaceShown} from '../translate/levels.js';
import {UsersInside} from './inside.js';
import {type ListNamespacesOptions, type NamespaceInfo, takeSnapshot} from './list-namespaces.js';
import {describe, type ProcessInfo} from './list-processes.js';

/** A namespace in the tree. */
export interface NamespaceNode extends NamespaceInfo {
  /** Of a pid or user namespace: those directly below it, in the order of their ids. */
  children: NamespaceNode[];
  /** Of a user namespace: the namespaces of other types that it owns. */
  owned: NamespaceNode[];
  /**
   * The processes that live in it, in the order of their PIDs. Those that the caller may not inspect stand in the
   * PID namespace that the procfs shows, for they live there or somewhere below.
   */
  members: ProcessInfo[];
}

/** What {@link namespaceTree} answers. */
export interface NamespaceTree {
  /** The PID namespaces without a parent that can be seen: the machine's own one, as a rule. */
  pid: NamespaceNode[];
  /** The user namespaces without a parent that can be seen, with all that they own. */
  user: NamespaceNode[];
  /** Namespaces of other types whose owner cannot be seen. */
  unowned: NamespaceNode[];
}

/**
 * The hierarchy of the pid and of the user namespaces, the owners of all the others, and who lives where. A PID
 * namespace stands in both: below its parent, and below its owner.
 *
 * @throws ERR_PROC_NAMESPACE_MISMATCH
 */
export function namespaceTree(options?: Omit<ListNamespacesOptions, 'types' | 'pid'>): NamespaceTree {
  options = own(options);
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
