// Translation by the ioctls of nsfs.
import {NamespaceError} from '../errors.js';
import {type Native, native} from '../native.js';

const ESRCH = -3;

/** One of the ways to translate; -1 or null stand for what is not there. */
export interface Translation {
  /** @returns undefined where the process is not visible */
  translate(pid: number, backwards: boolean): number | undefined;
  translateAll(pids: Int32Array, results: Int32Array, backwards: boolean): void;
}

/** Asks the kernel. The descriptors belong to the caller. */
export class IoctlTranslation implements Translation {
  readonly #addon: Native = native();

  /** @param from - a PID namespace's descriptor, or -1 for the caller's; one of both is not -1 */
  constructor(
    private readonly from: number,
    private readonly to: number,
  ) {}

  translate(pid: number, backwards: boolean): number | undefined {
    const result = backwards
      ? this.#addon.translatePid(this.to, this.from, pid)
      : this.#addon.translatePid(this.from, this.to, pid);
    if (result > 0) return result;
    if (result === ESRCH) return undefined;
    throw new NamespaceError({errno: result, syscall: 'ioctl'});
  }

  translateAll(pids: Int32Array, results: Int32Array, backwards: boolean): void {
    const result = backwards
      ? this.#addon.translatePids(this.to, this.from, pids, results)
      : this.#addon.translatePids(this.from, this.to, pids, results);
    if (result < 0) throw new NamespaceError({errno: result, syscall: 'ioctl'});
  }
}
