// The processes of a sandbox.
import {listProcesses, type ProcessInfo} from '../../inspect/list-processes.js';

/** Lists nsinit and its descendants, for a sandbox that has no PID namespace. */
export function descendantsOf(nsinit: number): ProcessInfo[] {
  const members = new Set([nsinit]);
  const all = listProcesses();
  for (let size = 0; size !== members.size; ) {
    size = members.size;
    for (const {pid, ppid} of all) if (members.has(ppid)) members.add(pid);
  }
  return all.filter(({pid}) => members.has(pid));
}
