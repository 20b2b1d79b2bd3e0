// Distinguishes the machine's own namespaces from those that were created later, which are shown first.
import type {ProcessInfo} from '../inspect/list-processes.js';
import type {NamespaceNode, NamespaceTree} from '../inspect/tree.js';
import {type NamespaceType, namespaceTypes} from '../shared/namespace-types.js';

/** The machine's own namespaces: one of each type. */
export type MachineNamespaces = Readonly<Partial<Record<NamespaceType, number>>>;

/**
 * Finds the namespaces of the process with the lowest PID of those that the caller may inspect. In the outermost PID namespace this is the
 * init of the machine or of the container, or a process that lives in the same namespaces.
 */
export function machineNamespaces({pid}: NamespaceTree): MachineNamespaces {
  const first: ProcessInfo | undefined = pid[0]?.members.find(({readable}) => readable);
  return Object.fromEntries(namespaceTypes.map(type => [type, first?.namespaces[type]]));
}

/** Returns whether a namespace is one of the machine's own. */
export function isOfMachine({type, id}: NamespaceNode, machine: MachineNamespaces): boolean {
  return machine[type] === id;
}
