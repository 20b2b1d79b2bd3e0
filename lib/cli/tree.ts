// Draws the hierarchy of namespaces with lines.
import type {NamespaceNode, NamespaceTree} from '../inspect/tree.js';
import type {NamespaceType} from '../shared/namespace-types.js';
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
}

/** Draws the PID namespaces with their processes, then the user namespaces with the namespaces that they own. */
export function drawTree(tree: NamespaceTree, filter: TreeFilter = {}): string {
  const wanted = ({type}: NamespaceNode) => filter.types?.includes(type) ?? true;
  const parts: Branch[] = [];
  if (filter.types?.includes('pid') ?? true) {
    parts.push({
      text: styled('bold', 'PID namespaces'),
      branches: tree.pid.map(node => pidBranch(node, filter)),
    });
  }
  const owners = tree.user.map(node => userBranch(node, wanted));
  owners.push(...tree.unowned.filter(wanted).map(node => ({text: title(node), branches: []})));
  parts.push({text: styled('bold', 'User namespaces and what they own'), branches: owners});
  return parts
    .flatMap(part => [part.text, ...lines(part.branches, '')])
    .map(line => `${fit(line)}\n`)
    .join('');
}

function pidBranch(node: NamespaceNode, filter: TreeFilter): Branch {
  const members = node.members.filter(({pid}) => filter.pid === undefined || pid === filter.pid);
  return {
    text: title(node),
    branches: [
      ...members.map(({pid, namespacePid, pids, command}) => ({
        text: `${pid}${pids.length > 1 ? styled('cyan', ` (inside ${namespacePid})`) : ''} ${printable(command)}`,
        branches: [],
      })),
      ...node.children.map(child => pidBranch(child, filter)),
    ],
  };
}

function userBranch(node: NamespaceNode, wanted: (node: NamespaceNode) => boolean): Branch {
  return {
    text: title(node),
    branches: [
      ...node.owned.filter(wanted).map(owned => ({text: title(owned), branches: []})),
      ...node.children.map(child => userBranch(child, wanted)),
    ],
  };
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
