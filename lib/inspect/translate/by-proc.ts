// Translates PIDs by reading a procfs, for kernels before 6.11 and for procfs mounts of other PID namespaces.
import type {Procfs} from '../proc/procfs.js';
import type {Translation} from './by-ioctl.js';
import {levelsOf, namespaceShown, pidIn, readPids} from './levels.js';

/** Translation by the field NSpid of /proc/PID/status and the ancestors of each process's PID namespace. */
export class ProcTranslation implements Translation {
  readonly #shown: number | undefined;

  /** @param from - the id of a PID namespace */
  constructor(
    private readonly procfs: Procfs,
    private readonly from: number,
    private readonly to: number,
  ) {
    this.#shown = namespaceShown(procfs);
  }

  translate(pid: number, backwards: boolean): number | undefined {
    const [from, to] = backwards ? [this.to, this.from] : [this.from, this.to];
    const here = from === this.#shown ? pid : this.#find(pid, from);
    return here === undefined ? undefined : this.#numberIn(here, to);
  }

  translateAll(pids: Int32Array, results: Int32Array, backwards: boolean): void {
    for (const [index, pid] of pids.entries()) results[index] = this.translate(pid, backwards) ?? 0;
  }

  // `here` is a PID as the procfs shows it.
  #numberIn(here: number, namespace: number): number | undefined {
    if (here === 0) return undefined;
    if (namespace === this.#shown) return readPids(this.procfs, here)?.[0];
    const levels = levelsOf(this.procfs, here);
    return levels === undefined ? undefined : pidIn(levels, namespace);
  }

  // Finds the process that has a given PID in a descendant namespace. No file contains this, so all processes are examined.
  #find(pid: number, namespace: number): number | undefined {
    if (pid === 0) return undefined;
    const processes = this.procfs.pids();
    const isIt = (here: number) =>
      // The cheap test comes first: most processes do not have this PID in any namespace.
      readPids(this.procfs, here)?.includes(pid) && this.#numberIn(here, namespace) === pid;
    const found = processes.find(isIt);
    if (found !== undefined) return found;
    for (const leader of processes) {
      if ((readPids(this.procfs, leader)?.length ?? 0) < 2) continue;
      const thread = this.procfs.threads(leader).find(tid => tid !== leader && isIt(tid));
      if (thread !== undefined) return thread;
    }
    return undefined;
  }
}
