// PIDs and user ids of processes as seen from inside other namespaces.
import {closeSync} from 'node:fs';
import {own} from '../shared/own.js';
import {readProcess} from './proc/links.js';
import {Procfs} from './proc/procfs.js';
import {mapUser} from './proc/users.js';
import type {ScannedProcess} from './process.js';
import {openIfStill} from './relations.js';
import {ancestry, pidIn} from './translate/levels.js';
import {type PidNamespace, PidTranslator} from './translate/translator.js';

/** Finds the PID of each scanned process in one PID namespace. */
export class NumbersInside {
  readonly #translator: PidTranslator;
  // The descriptors stay open during the listing, because the id of a namespace that has ended is soon given to another one.
  readonly #known = new Map<number, {fd: number; ancestry: number[]}>();

  constructor(
    private readonly procfs: Procfs,
    target: PidNamespace,
    proc: string | undefined,
  ) {
    this.#translator = new PidTranslator({to: target, proc});
  }

  /** Returns the PID of a process in the target namespace, or undefined where it is not visible there. */
  pidOf(process: ScannedProcess): number | undefined {
    const {pid, tid, ids, status} = process;
    const {pid: namespace} = own(ids);
    if (namespace !== undefined) {
      const namespaces = this.#ancestry(namespace, pid);
      if (namespaces !== undefined) return pidIn({pids: status.pids, namespaces}, this.#translator.toId);
    }
    // The caller may not inspect this process, but the kernel translates every PID. A result that is not among the PIDs that were read
    // before belongs to another process that has received the PID meanwhile.
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

/** Finds the effective user id of each scanned process in the process's own user namespace. */
export class UsersInside {
  readonly #own: number | undefined;

  constructor(private readonly procfs: Procfs) {
    // Where the given procfs does not show the caller, its user namespace is read from /proc.
    const readable = readProcess(procfs, 'self', []) ?? readProcess(new Procfs('/proc', true), 'self', []);
    this.#own = own(readable?.ids).user;
  }

  /** Returns the user id, or undefined where it is not mapped or the caller may not inspect the process. */
  of({pid, ids, status}: ScannedProcess): number | undefined {
    const {user} = own(ids);
    if (user === undefined) return undefined;
    // The kernel shows the map of the caller's own user namespace in ids of its parent, so it must not be applied here.
    if (user === this.#own) return status.uid;
    const reading = readProcess(this.procfs, pid, ['uid_map']);
    const map = own(reading?.ids).user === user ? reading?.files[0] : undefined;
    return map === undefined ? undefined : mapUser(map, status.uid);
  }
}
