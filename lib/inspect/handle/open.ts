// Opens namespaces: by PID, pidfd, path, or an object that stands for a process.
import {statfsSync} from 'node:fs';
import {getSystemErrorMap} from 'node:util';
import {invalidArgValue, NamespaceError} from '../../errors/errors.js';
import {resultOf} from '../../errors/system-call.js';
import {EINVAL, ENOENT, ENOTTY, ESRCH} from '../../shared/kernel.js';
import {KnownOptions, namesOf} from '../../shared/known-options.js';
import {isNamespaceType, type NamespaceType, namespaceTypes} from '../../shared/namespace-types.js';
import {native} from '../../shared/native.js';
import {
  type NamespaceSource,
  type ProcessIdentity,
  type ProcessSource,
  processKey,
  resolveProcess,
  resolveSource,
} from '../../shared/source.js';
import {type ProcOptions, procfs, procNames} from '../proc/procfs.js';
import {NamespaceHandle} from './handle.js';
import {assertIdentity} from './identity.js';
import {exists, pidOf, withPidfd} from './pidfd.js';

const NSFS_MAGIC = 0x6e73_6673;

/** Options of {@link openNamespace} and {@link namespacesOf}. */
export interface OpenOptions extends ProcOptions {
  /**
   * The result of {@link processIdentity} from the time when the PID was looked up. If another process has the PID by now, opening the
   * namespace fails with ESRCH. Default: no check.
   */
  identity?: ProcessIdentity | undefined;
}

const openOptions = new KnownOptions([
  ...procNames,
  ...namesOf<Omit<OpenOptions, keyof ProcOptions>>({identity: true}),
]);

/**
 * Opens a namespace. The handle that it returns keeps the namespace alive and must be closed.
 *
 * A process is opened by a pidfd, so its PID is looked up only once. The namespace is the one of that process, even if the PID is given to
 * another process meanwhile. The namespace is opened by PIDFD_GET_*_NAMESPACE since Linux 6.11, otherwise by /proc.
 *
 * Privilege: ptrace access mode PTRACE_MODE_READ_FSCREDS to the process, see ptrace(2). An ordinary user has it for its own dumpable
 * processes; other processes need CAP_SYS_PTRACE. A path needs read permission.
 *
 * @param source - a PID, a pidfd, a path, a NamespacedProcess or a Sandbox
 * @param type - the type of the namespace. A path to a namespace of another type is refused with EINVAL
 * @throws NamespaceError ESRCH if the process has ended or has another identity than `options.identity`; EACCES without privilege; EINVAL
 * or ENOENT for a path
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE, ERR_PROC_NAMESPACE_MISMATCH
 * @see namespaces(7), pidfd_open(2)
 */
export function openNamespace(source: NamespaceSource, type: NamespaceType, options?: OpenOptions): NamespaceHandle {
  options = openOptions.read(options);
  validType(type);
  const resolved = resolveSource(source);
  if (resolved.kind !== 'pid') refuseIdentity(options);
  if (resolved.kind === 'path') return openPath(resolved.path, type);
  if (resolved.kind === 'pidfd') return openByPidfd(resolved.pidfd, type, options);
  const identity = options.identity ?? resolved.identity;
  // pidfd_open takes PIDs of the caller's PID namespace only.
  const byNumber = options.proc === undefined || resolved.callersNumber;
  if (byNumber) {
    return withPidfd(resolved.pid, pidfd => {
      // The PID cannot be reused between this check and the opening, because the pidfd refers to the process that is checked.
      if (identity !== undefined) assertIdentity(resolved.pid, identity, options);
      return openByPidfd(pidfd, type, options, resolved.pid);
    });
  }
  const handle = openLink(procfs(options.proc).directory(resolved.pid), type);
  if (identity === undefined) return handle;
  try {
    assertIdentity(resolved.pid, identity, options);
    return handle;
  } catch (error) {
    handle.close();
    throw error;
  }
}

/**
 * Opens several namespaces of one process. If one of them cannot be opened, none stays open.
 *
 * Privilege: as for {@link openNamespace}.
 *
 * @param source - a PID, a pidfd, a NamespacedProcess or a Sandbox
 * @param types - the types of the namespaces to open. Default: all eight
 * @returns the handles by type. Each must be closed
 * @throws as {@link openNamespace}
 * @see namespaces(7)
 */
export function namespacesOf(
  source: ProcessSource,
  types: readonly NamespaceType[] = namespaceTypes,
  options?: OpenOptions,
): Record<NamespaceType, NamespaceHandle> {
  options = openOptions.read(options);
  const resolved = resolveProcess(source);
  if (resolved.kind === 'pid' && (options.proc === undefined || resolved.callersNumber)) {
    return withPidfd(resolved.pid, pidfd => {
      const identity = options.identity ?? resolved.identity;
      if (identity !== undefined) assertIdentity(resolved.pid, identity, options);
      return ofProcess(
        openAll(types, type => openByPidfd(pidfd, type, options, resolved.pid)),
        source,
      );
    });
  }
  return ofProcess(
    openAll(types, type => openNamespace(source, type, options)),
    source,
  );
}

/** Notes the process, whose root directory may be asked for when its namespaces are joined. */
function ofProcess<T extends object>(handles: T, source: ProcessSource): T {
  return Object.defineProperty(handles, processKey, {value: source});
}

/** A path names no process, and a pidfd names one for good. */
function refuseIdentity({identity}: OpenOptions): void {
  if (identity !== undefined) throw invalidArgValue('options.identity', identity, 'needs a source that is a PID');
}

function openAll(
  types: readonly NamespaceType[],
  open: (type: NamespaceType) => NamespaceHandle,
): Record<NamespaceType, NamespaceHandle> {
  const handles: Partial<Record<NamespaceType, NamespaceHandle>> = {};
  try {
    for (const type of types) handles[validType(type)] = open(type);
  } catch (error) {
    for (const handle of Object.values(handles)) handle.close();
    throw error;
  }
  return handles as Record<NamespaceType, NamespaceHandle>;
}

function openByPidfd(pidfd: number, type: NamespaceType, options: OpenOptions, pid?: number): NamespaceHandle {
  const fd = native().pidfdGetNamespace(pidfd, native().namespaceRequests[type]!);
  if (fd >= 0) return new NamespaceHandle(fd, type);
  if (fd !== ENOTTY) throw new NamespaceError({errno: fd, syscall: 'ioctl', step: 'source'});
  // Before Linux 6.11 the namespace is opened by PID. If the process still exists afterwards, the PID was its own at that time.
  const handle = openLink(directoryOf(pidfd, pid, options), type);
  if (exists(pidfd)) return handle;
  handle.close();
  throw new NamespaceError({errno: ESRCH, syscall: 'open', step: 'source'});
}

function directoryOf(pidfd: number, pid: number | undefined, options: OpenOptions): string {
  // /proc/self is the caller in the procfs of an outer PID namespace as well, where the caller has another PID.
  if (pid === process.pid) return '/proc/self';
  const {path} = procfs(options.proc);
  return `${path}/${pid ?? pidOf(pidfd, path)}`;
}

function openLink(directory: string, type: NamespaceType): NamespaceHandle {
  const path = `${directory}/ns/${type}`;
  const fd = native().openNamespaceFile(path);
  // A zombie has left most of its namespaces. It is reported like a process that has ended.
  if (fd < 0) throw new NamespaceError({errno: fd === ENOENT ? ESRCH : fd, syscall: 'open', path, step: 'source'});
  return new NamespaceHandle(fd, type);
}

function openPath(path: string, type: NamespaceType): NamespaceHandle {
  const refusal = (hint: string) => new NamespaceError({errno: EINVAL, path, step: 'source', hint});
  // Checked before the file is opened, because opening a device can have effects.
  if (!isOnNsfs(path)) throw refusal(`it is not a namespace, and ${article(type)} namespace was asked for`);
  const fd = resultOf(native().openNamespaceFile(path), {syscall: 'open', path, step: 'source'});
  const actual = typeOfCloneFlag(native().nsGetNstype(fd));
  if (actual === type) return new NamespaceHandle(fd, type);
  native().close(fd);
  throw refusal(`it is ${article(actual)} namespace, and ${article(type)} namespace was asked for`);
}

function isOnNsfs(path: string): boolean {
  try {
    return statfsSync(path).type === NSFS_MAGIC;
  } catch (error) {
    const {errno = 0} = error as NodeJS.ErrnoException;
    if (!getSystemErrorMap().has(errno)) throw error;
    throw new NamespaceError({errno, syscall: 'statfs', path, step: 'source'});
  }
}

function article(type: string | undefined): string {
  return type === 'ipc' ? 'an ipc' : `a ${type ?? 'unknown'}`;
}

function validType(type: NamespaceType): NamespaceType {
  if (!isNamespaceType(type)) throw invalidArgValue('type', type, `must be one of ${namespaceTypes.join(', ')}`);
  return type;
}

function typeOfCloneFlag(flag: number): NamespaceType | undefined {
  const {namespaces} = native().protocol;
  return namespaceTypes.find(type => namespaces[type] === flag);
}
