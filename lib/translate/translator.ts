// A translator that keeps its namespaces open, for many questions.
import {codedError, invalidArgType, invalidArgValue} from '../errors.js';
import {NamespaceHandle} from '../handle/handle.js';
import {openNamespace} from '../handle/open.js';
import {type NamespaceSource, validPid} from '../handle/source.js';
import {native} from '../native.js';
import {own} from '../options/own.js';
import {type ProcOptions, procfs} from '../proc/procfs.js';
import {resultOf} from '../system-call.js';
import {IoctlTranslation, type Translation} from './by-ioctl.js';
import {ProcTranslation} from './by-proc.js';
import {type TranslationMethod, translationMethod} from './method.js';

/**
 * A PID namespace: `host` (the caller's own), a handle, or a process that lives in it: its PID, a pidfd, a
 * NamespacedProcess, a Sandbox; or a path to it.
 */
export type PidNamespace = 'host' | NamespaceHandle | NamespaceSource;

/** Options of the translation of PIDs. */
export interface TranslationOptions extends ProcOptions {
  /** Default: `ioctl` where the kernel has it (6.11) and no `proc` is named. */
  method?: TranslationMethod | undefined;
}

/** From which namespace to which. */
export interface TranslatorOptions extends TranslationOptions {
  /** Default `host`. */
  from?: PidNamespace | undefined;
  /** Default `host`. */
  to?: PidNamespace | undefined;
}

/**
 * Translates PIDs between two PID namespaces, as often as you like, with the namespaces kept open.
 *
 * By the ioctls any namespace that one has a descriptor of can be asked, also one above the caller's, and without
 * privilege. By /proc a process is visible only where its `/proc/PID/ns/pid` may be read (PTRACE_MODE_READ_FSCREDS),
 * and no namespace above the procfs's is; otherwise both answer the same.
 *
 * @example
 * using translator = new PidTranslator({to: child.pid});
 * translator.translate(4711); // its PID inside, or undefined
 */
export class PidTranslator {
  /** Which method is in use. */
  readonly method: TranslationMethod;
  /** The ids of both namespaces; 0 stands for the caller's where it was not looked up. */
  readonly fromId: number;
  readonly toId: number;
  #translation: Translation | undefined;
  readonly #handles: NamespaceHandle[] = [];

  /**
   * @throws NamespaceError where a namespace cannot be opened, as {@link openNamespace}
   * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
   */
  constructor(options?: TranslatorOptions) {
    const {from = 'host', to = 'host', proc, method} = own(options);
    if (method !== undefined && method !== 'ioctl' && method !== 'proc')
      throw invalidArgValue('options.method', method, "must be 'ioctl' or 'proc'");
    this.method = method ?? (proc === undefined ? translationMethod() : 'proc');
    try {
      // A translation from the caller's namespace to itself still asks whether the process is there.
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
   * The PID in `to` of the process (or thread) that is `pid` in `from`.
   * @returns undefined where it is not visible in one of them, or gone
   * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE, ERR_INVALID_STATE after {@link close}
   */
  translate(pid: number): number | undefined {
    return this.#open.translate(validPid(pid), false);
  }

  /** The other way: the PID in `from` of the process that is `pid` in `to`. */
  translateBack(pid: number): number | undefined {
    return this.#open.translate(validPid(pid), true);
  }

  /**
   * Many at once.
   * @param pids - PIDs in `from`
   * @param results - where the answers go, of the same length at least; default a new array
   * @returns `results`: the PIDs in `to`, 0 for a process that is not visible
   */
  translateAll(pids: Int32Array, results = new Int32Array(pids.length)): Int32Array {
    return this.#all(pids, results, false);
  }

  /** Many at once, the other way. */
  translateAllBack(pids: Int32Array, results = new Int32Array(pids.length)): Int32Array {
    return this.#all(pids, results, true);
  }

  /** Closes the namespaces; a second call does nothing. */
  close(): void {
    // The numbers of closed descriptors are soon those of other files.
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

// A handle is duplicated, so that its owner may close it at any time.
function openPidNamespace(namespace: PidNamespace, proc: string | undefined): NamespaceHandle {
  if (namespace === 'host') return openNamespace({pid: process.pid}, 'pid');
  if (!(namespace instanceof NamespaceHandle)) return openNamespace(namespace, 'pid', {proc});
  return new NamespaceHandle(resultOf(native().duplicate(namespace.fd), {syscall: 'fcntl'}), 'pid');
}
