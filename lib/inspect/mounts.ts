// Namespaces that are bind mounted, by /proc/PID/mountinfo (proc_pid_mountinfo(5)).
import type {NamespaceType} from '../namespace-types.js';
import type {Procfs} from '../proc/procfs.js';
import {parseLink} from './link.js';

/** A mount of a namespace. */
export interface NamespaceMount {
  type: NamespaceType;
  id: number;
  /** Where, as the process sees it. */
  path: string;
}

/** The namespaces that are mounted somewhere in the mount namespace of a process. */
export function namespaceMounts(procfs: Procfs, pid: number): NamespaceMount[] {
  const text = procfs.read(pid, ['mountinfo'])?.[0];
  if (text === undefined || !text.includes(' nsfs ')) return [];
  return text.split('\n').flatMap(line => {
    // ID, parent, device, root, mount point, options, optional fields, '-', file system type ...
    const [before, after] = line.split(' - ');
    if (!after?.startsWith('nsfs ')) return [];
    const [, , , root = '', path = ''] = before?.split(' ') ?? [];
    const link = parseLink(root);
    return link === undefined ? [] : [{...link, path: unescapePath(path)}];
  });
}

// The kernel writes blanks and backslashes in octal.
function unescapePath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
}
