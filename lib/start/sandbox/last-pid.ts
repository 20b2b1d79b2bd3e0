// Requests to the nsinit of a sandbox to read or write ns_last_pid.

import {NamespaceError} from '../../errors/errors.js';
import {ESRCH, ETIMEDOUT} from '../../shared/kernel.js';
import type {Nsinit} from '../channel/nsinit.js';

// How long nsinit may do nothing at all before a request fails.
const patienceMs = 3000;

/** The requests that wait for a result. */
export class LastPidRequests {
  readonly #nsinit: Nsinit;
  readonly #pending = new Map<number, (result: number) => void>();
  #nextId = 1;

  constructor(nsinit: Nsinit) {
    this.#nsinit = nsinit;
  }

  /**
   * Sends a request.
   * @param pid - what is written; undefined reads
   * @returns a promise of the PID that was read or written
   */
  async send(pid: number | undefined): Promise<number> {
    const id = this.#nextId++;
    const result = await new Promise<number>(resolve => {
      this.#pending.set(id, resolve);
      const errno = this.#nsinit.askLastPid(id, pid);
      if (errno < 0) this.receive(id, errno);
      else this.#expectResult(id);
    });
    if (result < 0) throw new NamespaceError({errno: result, step: 'lastPid', path: '/proc/sys/kernel/ns_last_pid'});
    return result;
  }

  /** Lets a request fail if nsinit is stopped, or waits for a file system of the inside that does not answer. */
  #expectResult(id: number): void {
    const {eventCount} = this.#nsinit;
    setTimeout(() => {
      if (!this.#pending.has(id)) return;
      if (this.#nsinit.eventCount === eventCount) this.receive(id, ETIMEDOUT);
      else this.#expectResult(id);
    }, patienceMs).unref();
  }

  /** Fulfils a request with a PID or a negated errno. */
  receive(id: number, result: number): void {
    this.#pending.get(id)?.(result);
    this.#pending.delete(id);
  }

  /** nsinit has ended: the requests that are left fail with ESRCH. */
  end(): void {
    for (const id of [...this.#pending.keys()]) this.receive(id, ESRCH);
  }
}
