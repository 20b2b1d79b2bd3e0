// Processes as they are known inside of namespaces.
import {closeSync} from 'node:fs';
import {own} from '../options/own.js';
import {readProcess} from '../proc/links.js';
import {Procfs} from '../proc/procfs.js';
import {mapUser} from '../proc/users.js';
import {ancestry, pidIn} from '../translate/levels.js';
import {type PidNamespace, PidTranslator} from '../translate/translator.js';
import type {ScannedProcess} from './process.js';
import {openIfStill} from './relations.js';

/** Which number a process has in a PID namespace. */
export class NumbersInside {
  readonly #translator: PidTranslator;
  // Kept open for the length of a listing: the number of a namespace that ends is soon given to another one.
  readonly #known = new Map<number, {fd: number; ancestry: number[]}>();

  constructor(
    private readonly procfs: Procfs,
    target: PidNamespace,
    proc: string | undefined,
  ) {
    this.#translator = new PidTranslator({to: target, proc});
  }

  /** @returns undefined where the process is not visible there */
  pidOf(process: ScannedProcess): number | undefined {
    const {pid, tid, ids, status} = process;
    const {pid: namespace} = own(ids);
    if (namespace !== undefined) {
      const namespaces = this.#ancestry(namespace, pid);
      if (namespaces !== undefined) return pidIn({pids: status.pids, namespaces}, this.#translator.toId);
    }
    // Not ours to inspect, but the kernel translates for everybody. A number that the process did not have when it
    // was read is another process's.
    const translated = this.#translator.translate(tid ?? pid);
    return translated !== undefined && status.pids.includes(translated) ? translated : undefined;
  }

  [Symbol.dispose](): void {
    this.#translator.close();
    for (const {fd} of this.#known.values()) closeSync(fd);
    this.#known.clear();
  }

  #ancestry(id: number, pid: number): number[] | undefined {
    const known = this.#known.get(id);
    if (known !== undefined) return known.ancestry;
    const fd = openIfStill(`${this.procfs.directory(pid)}/ns/pid`, id);
    if (fd === undefined) return undefined;
    const ids = ancestry(fd);
    this.#known.set(id, {fd, ancestry: ids});
    return ids;
  }
}

/** The effective user of a process in its own user namespace. */
export class UsersInside {
  readonly #own: number | undefined;

  constructor(private readonly procfs: Procfs) {
    // A procfs where the caller is not to be found still has the caller's user namespace at the usual place.
    const readable = readProcess(procfs, 'self', []) ?? readProcess(new Procfs('/proc', true), 'self', []);
    this.#own = own(readable?.ids).user;
  }

  /** @returns undefined where the user is not mapped, or the process not to be seen */
  of({pid, ids, status}: ScannedProcess): number | undefined {
    const {user} = own(ids);
    if (user === undefined) return undefined;
    // The map of one's own namespace is told in the numbers of the one above.
    if (user === this.#own) return status.uid;
    const reading = readProcess(this.procfs, pid, ['uid_map']);
    const map = own(reading?.ids).user === user ? reading?.files[0] : undefined;
    return map === undefined ? undefined : mapUser(map, status.uid);
  }
}
