// The processes of a sandbox.
import {NamespaceError} from '../../errors/errors.js';
import {listProcesses, type ProcessInfo} from '../../inspect/list-processes.js';

/**
 * Lists the processes of a sandbox.
 * @param init - the PID of its init
 * @param hasPidNamespace - whether the init has a PID namespace of its own
 */
export function processesOf(init: number, hasPidNamespace: boolean): ProcessInfo[] {
  if (!hasPidNamespace) return descendantsOf(init);
  try {
    return listProcesses({pid: init});
  } catch (error) {
    // An ordinary user may not open the namespaces of an init that root inside, or a namespace that it has joined, must not see into.
    if (error instanceof NamespaceError && error.code === 'EACCES') return descendantsOf(init);
    throw error;
  }
}

/** Lists nsinit and its descendants. */
function descendantsOf(nsinit: number): ProcessInfo[] {
  const members = new Set([nsinit]);
  const all = listProcesses();
  for (let size = 0; size !== members.size; ) {
    size = members.size;
    for (const {pid, ppid} of all) if (members.has(ppid)) members.add(pid);
  }
  return all.filter(({pid}) => members.has(pid));
}
