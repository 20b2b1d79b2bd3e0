// Finds namespaces that are bind mounted, by reading /proc/PID/mountinfo, proc_pid_mountinfo(5).
import type {NamespaceType} from '../shared/namespace-types.js';
import {parseLink} from './link.js';
import type {Procfs} from './proc/procfs.js';

/** A mount of a namespace. */
export interface NamespaceMount {
  type: NamespaceType;
  id: number;
  /** The mount point, as the process sees it. */
  path: string;
}

/** Returns the namespaces that are mounted in the mount namespace of a process. */
export function namespaceMounts(procfs: Procfs, pid: number): NamespaceMount[] {
  const text = procfs.read(pid, ['mountinfo'])?.[0];
  if (text === undefined || !text.includes(' nsfs ')) return [];
  return text.split('\n').flatMap(line => {
    // The fields are: ID, parent, device, root, mount point, options, optional fields, '-', file system type and more.
    const [before, after] = line.split(' - ');
    if (!after?.startsWith('nsfs ')) return [];
    const [, , , root = '', path = ''] = before?.split(' ') ?? [];
    const link = parseLink(root);
    return link === undefined ? [] : [{...link, path: unescapePath(path)}];
  });
}

// The kernel escapes white space and backslashes as octal numbers.
function unescapePath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
}
