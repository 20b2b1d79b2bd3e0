// Translates PIDs by the ioctls of nsfs, ioctl_ns(2).
import {NamespaceError} from '../../errors/errors.js';
import {ESRCH} from '../../shared/kernel.js';
import {type Native, native} from '../../shared/native.js';

/** A way to translate PIDs between two PID namespaces. `backwards` exchanges the two. */
export interface Translation {
  /** Translates one PID. Returns undefined where the process is not visible. */
  translate(pid: number, backwards: boolean): number | undefined;
  /** Translates each of `pids` into the same place of `results`, and writes 0 where the process is not visible. */
  translateAll(pids: Int32Array, results: Int32Array, backwards: boolean): void;
}

/** Translation by the kernel. The descriptors belong to the caller, and must stay open. */
export class IoctlTranslation implements Translation {
  readonly #addon: Native = native();

  /** @param from - a descriptor of a PID namespace, or -1 for the caller's own. At most one of `from` and `to` is -1 */
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
