// Draws the hierarchy of namespaces with lines.
import type {NamespaceNode, NamespaceTree} from '../inspect/tree.js';
import type {NamespaceType} from '../shared/namespace-types.js';
import {isOfMachine, type MachineNamespaces, machineNamespaces} from './machine.js';
import {fit, printable, styled} from './output.js';
import {keptBy} from './references.js';

interface Branch {
  text: string;
  branches: Branch[];
}

/** Selects what is drawn. */
export interface TreeFilter {
  types?: readonly NamespaceType[] | undefined;
  pid?: number | undefined;
  /** Whether to draw also the machine's own namespaces and the processes of its own. Default: they are only counted. */
  all?: boolean | undefined;
}

/**
 * Draws the PID namespaces with their processes, then the user namespaces with the namespaces that they own. What somebody has made comes
 * first, and the machine's own last.
 */
export function drawTree(tree: NamespaceTree, filter: TreeFilter = {}): string {
  const wanted = ({type}: NamespaceNode) => filter.types?.includes(type) ?? true;
  const drawing: Drawing = {...filter, machine: machineNamespaces(tree), wanted};
  const parts: Branch[] = [];
  if (filter.types?.includes('pid') ?? true) {
    parts.push({text: styled('bold', 'PID namespaces'), branches: tree.pid.map(node => pidBranch(node, drawing))});
  }
  const owners = tree.user.map(node => userBranch(node, drawing));
  owners.push(...ownedBranches(tree.unowned, drawing));
  parts.push({text: styled('bold', 'User namespaces and what they own'), branches: owners});
  return parts
    .flatMap(part => [part.text, ...lines(part.branches, '')])
    .map(line => `${fit(line)}\n`)
    .join('');
}

interface Drawing extends TreeFilter {
  machine: MachineNamespaces;
  wanted(node: NamespaceNode): boolean;
}

const leaf = (text: string): Branch => ({text, branches: []});

function pidBranch(node: NamespaceNode, drawing: Drawing): Branch {
  const isFolded = !drawing.all && drawing.pid === undefined && isOfMachine(node, drawing.machine);
  const members = node.members.filter(({pid}) => drawing.pid === undefined || pid === drawing.pid);
  const own = isFolded
    ? folded(members.length, 'process', 'processes')
    : members.map(({pid, namespacePid, pids, command}) =>
        leaf(`${pid}${pids.length > 1 ? styled('cyan', ` (inside ${namespacePid})`) : ''} ${printable(command)}`),
      );
  return {text: title(node), branches: [...node.children.map(child => pidBranch(child, drawing)), ...own]};
}

function userBranch(node: NamespaceNode, drawing: Drawing): Branch {
  return {
    text: title(node),
    branches: [...node.children.map(child => userBranch(child, drawing)), ...ownedBranches(node.owned, drawing)],
  };
}

function ownedBranches(nodes: readonly NamespaceNode[], {all, machine, wanted}: Drawing): Branch[] {
  const shown = nodes.filter(wanted);
  const own = shown.filter(node => isOfMachine(node, machine));
  return [
    ...shown.filter(node => !own.includes(node)).map(node => leaf(title(node))),
    ...(all ? own.map(node => leaf(title(node))) : folded(own.length, 'namespace', 'namespaces')),
  ];
}

function folded(count: number, one: string, several: string): Branch[] {
  if (count === 0) return [];
  return [leaf(styled('dim', `${count} ${count === 1 ? one : several} of the machine's own (--all lists them)`))];
}

function title({type, id, processes, pid, command, references}: NamespaceNode): string {
  const who =
    pid === undefined
      ? styled('yellow', keptBy(references) ?? '')
      : `${processes} process${processes === 1 ? '' : 'es'}, from ${pid} ${styled('dim', printable(command ?? ''))}`;
  return `${styled('green', `${type}:[${id}]`)} ${who}`;
}

function lines(branches: readonly Branch[], indent: string): string[] {
  return branches.flatMap(({text, branches: below}, index) => {
    const last = index === branches.length - 1;
    return [`${indent}${last ? '└─' : '├─'} ${text}`, ...lines(below, `${indent}${last ? '   ' : '│  '}`)];
  });
}
