// A translator of PIDs that keeps its two namespaces open.
import {codedError, invalidArgType, invalidArgValue} from '../../errors/errors.js';
import {resultOf} from '../../errors/system-call.js';
import {KnownOptions, namesOf} from '../../shared/known-options.js';
import {native} from '../../shared/native.js';
import {type NamespaceSource, validPid} from '../../shared/source.js';
import {NamespaceHandle} from '../handle/handle.js';
import {openNamespace} from '../handle/open.js';
import {type ProcOptions, procfs} from '../proc/procfs.js';
import {IoctlTranslation, type Translation} from './by-ioctl.js';
import {ProcTranslation} from './by-proc.js';
import {type TranslationMethod, translationMethod} from './method.js';

/**
 * A PID namespace, named by the word `host` (the caller's own), by a handle, by a process that lives in it (a PID, a pidfd, a
 * NamespacedProcess or a Sandbox), or by a path.
 */
export type PidNamespace = 'host' | NamespaceHandle | NamespaceSource;

/** Options of {@link toNamespacePid} and {@link toHostPid}. */
export interface TranslationOptions extends ProcOptions {
  /** The method. Default: `ioctl` if the kernel has it (Linux 6.11) and `proc` is not set, otherwise `proc`. */
  method?: TranslationMethod | undefined;
}

/** Options of {@link translatePid} and {@link PidTranslator}. */
export interface TranslatorOptions extends TranslationOptions {
  /** The PID namespace to translate from. Default: `host`, the caller's own. */
  from?: PidNamespace | undefined;
  /** The PID namespace to translate to. Default: `host`, the caller's own. */
  to?: PidNamespace | undefined;
}

const translatorOptions = new KnownOptions(
  namesOf<TranslatorOptions>({proc: true, method: true, from: true, to: true}),
);

/**
 * Translates PIDs between two PID namespaces. It keeps both namespaces open until it is closed, so it can translate any number of PIDs.
 *
 * With the method `ioctl` either namespace may be any namespace of which there is a descriptor, including one above the caller's. With the
 * method `proc` a process is visible only if the caller may read its `/proc/PID/ns/pid`, and namespaces above the one that the procfs
 * shows cannot be used. In all other cases both methods return the same results.
 *
 * Privilege: that of opening `from` and `to`, see {@link openNamespace}; with the method `proc` also ptrace access mode
 * PTRACE_MODE_READ_FSCREDS to each process. Linux 6.11 for the method `ioctl`.
 *
 * @see ioctl_ns(2), pid_namespaces(7)
 * @example
 * import {createSandbox, PidTranslator} from 'namespawn';
 *
 * await using sandbox = await createSandbox();
 * using translator = new PidTranslator({to: sandbox.pid});
 * console.log(translator.translate(sandbox.pid)); // its PID inside: 1
 * console.log(translator.translate(process.pid)); // undefined, because this process is not visible inside
 */
export class PidTranslator {
  /** The method that this translator uses. */
  readonly method: TranslationMethod;
  /** The id (inode number) of the namespace `from`; 0 for the caller's own if it did not have to be looked up. */
  readonly fromId: number;
  /** The id (inode number) of the namespace `to`; 0 for the caller's own if it did not have to be looked up. */
  readonly toId: number;
  #translation: Translation | undefined;
  readonly #handles: NamespaceHandle[] = [];

  /**
   * @throws NamespaceError if a namespace cannot be opened, as {@link openNamespace}
   * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_PROC_NAMESPACE_MISMATCH
   */
  constructor(options?: TranslatorOptions) {
    const {from = 'host', to = 'host', proc, method} = translatorOptions.read(options);
    if (method !== undefined && method !== 'ioctl' && method !== 'proc')
      throw invalidArgValue('options.method', method, "must be 'ioctl' or 'proc'");
    this.method = method ?? (proc === undefined ? translationMethod() : 'proc');
    try {
      // A translation from the caller's namespace to itself still checks that the process exists.
      const toHandle = this.#hold(to, proc, this.method === 'proc' || from === 'host');
      const fromHandle = this.#hold(from, proc, this.method === 'proc');
      this.fromId = fromHandle?.id ?? 0;
      this.toId = toHandle?.id ?? 0;
      this.#translation =
        this.method === 'ioctl'
          ? new IoctlTranslation(fromHandle?.fd ?? -1, toHandle?.fd ?? -1)
          : new ProcTranslation(procfs(proc), this.fromId, this.toId);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Returns the PID in `to` of the process (or thread) that has the PID `pid` in `from`.
   * @returns undefined if the process has ended or is not visible in one of them
   * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE, ERR_INVALID_STATE after {@link close}
   */
  translate(pid: number): number | undefined {
    return this.#open.translate(validPid(pid), false);
  }

  /**
   * Translates in the other direction: returns the PID in `from` of the process (or thread) that has the PID `pid` in `to`.
   * @returns undefined if the process has ended or is not visible in one of them
   * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE, ERR_INVALID_STATE after {@link close}
   */
  translateBack(pid: number): number | undefined {
    return this.#open.translate(validPid(pid), true);
  }

  /**
   * Translates many PIDs in one call.
   * @param pids - PIDs in `from`
   * @param results - the array to write to, at least as long as `pids`. Default: a new array
   * @returns `results`, with the PIDs in `to`, and 0 for each process that is not visible
   * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_STATE after {@link close}
   */
  translateAll(pids: Int32Array, results = new Int32Array(pids.length)): Int32Array {
    return this.#all(pids, results, false);
  }

  /** As {@link translateAll}, in the other direction: `pids` are PIDs in `to`, and the results are PIDs in `from`. */
  translateAllBack(pids: Int32Array, results = new Int32Array(pids.length)): Int32Array {
    return this.#all(pids, results, true);
  }

  /** Closes the namespaces. A second call does nothing. */
  close(): void {
    // Removed as well, because the numbers of closed descriptors are soon reused for other files.
    this.#translation = undefined;
    for (const handle of this.#handles.splice(0)) handle.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  get #open(): Translation {
    if (this.#translation === undefined) throw codedError('ERR_INVALID_STATE', 'The translator is closed');
    return this.#translation;
  }

  #all(pids: Int32Array, results: Int32Array, backwards: boolean): Int32Array {
    if (!(pids instanceof Int32Array)) throw invalidArgType('pids', 'an Int32Array', pids);
    if (!(results instanceof Int32Array)) throw invalidArgType('results', 'an Int32Array', results);
    if (results.length < pids.length)
      throw invalidArgValue('results', results, `must have room for ${pids.length} PIDs`);
    this.#open.translateAll(pids, results, backwards);
    return results;
  }

  #hold(
    namespace: PidNamespace,
    proc: string | undefined,
    hostToo: boolean,
  ): Pick<NamespaceHandle, 'fd' | 'id'> | undefined {
    if (namespace === 'host' && !hostToo) return undefined;
    if (namespace instanceof NamespaceHandle && namespace.type !== 'pid') {
      throw invalidArgValue('target', namespace, `must be of a pid namespace, not of type ${namespace.type}`);
    }
    const handle = openPidNamespace(namespace, proc);
    this.#handles.push(handle);
    return handle;
  }
}

// The descriptor of a handle is duplicated, so that the program may close its handle at any time.
function openPidNamespace(namespace: PidNamespace, proc: string | undefined): NamespaceHandle {
  if (namespace === 'host') return openNamespace({pid: process.pid}, 'pid');
  if (!(namespace instanceof NamespaceHandle)) return openNamespace(namespace, 'pid', {proc});
  return new NamespaceHandle(resultOf(native().duplicate(namespace.fd), {syscall: 'fcntl'}), 'pid');
}
