// Describes in words what keeps a namespace alive.
import type {NamespaceReference} from '../inspect/namespace-info.js';

/** Describes what keeps a namespace alive in which no process lives. */
export function keptBy(references: readonly NamespaceReference[]): string | undefined {
  const [first] = references;
  if (first === undefined) return undefined;
  const others = references.length === 1 ? '' : ` and ${references.length - 1} more`;
  return `(${sayReference(first)}${others})`;
}

function sayReference(reference: NamespaceReference): string {
  switch (reference.kind) {
    case 'fd':
      return `fd ${reference.fd} of process ${reference.pid}`;
    case 'socket':
      return `socket ${reference.fd} of process ${reference.pid}`;
    case 'mount':
      return `mounted on ${reference.path}`;
    case 'children':
      return `for the children of process ${reference.pid}`;
    case 'thread':
      return `thread ${reference.tid} of process ${reference.pid}`;
    case 'namespace':
      return `above ${reference.type}:[${reference.id}]`;
  }
}
