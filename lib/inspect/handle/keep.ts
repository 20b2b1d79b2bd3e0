// Keeps namespaces by bind mounts on files, as unshare(1) and ip-netns(8) do.
import {closeSync, openSync, statfsSync, statSync, unlinkSync} from 'node:fs';
import {getSystemErrorMap} from 'node:util';
import {NamespaceError} from '../../errors/errors.js';
import {resultOf} from '../../errors/system-call.js';
import {EEXIST, EINVAL, EISDIR} from '../../shared/kernel.js';
import type {NamespaceType} from '../../shared/namespace-types.js';
import {native} from '../../shared/native.js';
import {validateNoNul, validateString} from '../../shared/validate.js';

const NSFS_MAGIC = 0x6e73_6673;

/** Calls a function of node:fs, and gives its error a step. */
export function fsStep<T>(step: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    const {errno = 0, syscall, path} = error as NodeJS.ErrnoException;
    // Other errors are of the arguments.
    if (!getSystemErrorMap().has(errno)) throw error;
    throw new NamespaceError({errno, syscall, path, step});
  }
}

/**
 * Returns whether a path leads to a namespace: a link of /proc/PID/ns, or a file on which one is mounted.
 * @throws NamespaceError with the step
 */
export function isOnNsfs(path: string, step: string): boolean {
  return fsStep(step, () => statfsSync(path)).type === NSFS_MAGIC;
}

/** Validates a path of the file system. */
export function validatePath(path: unknown, name = 'path'): asserts path is string {
  validateString(path, name);
  validateNoNul(path, name);
}

/**
 * Carries out {@link NamespaceHandle.persist}. `isNew` refuses a file that exists, as `ip netns add` does.
 * @returns whether it has made the file
 */
export function keepAt(fd: number, type: NamespaceType, path: string, isNew = false): boolean {
  validatePath(path);
  const step = 'persist';
  const isMade = makeFile(path, isNew);
  if (!isMade) checkFile(path, step);
  const answer = native().bindNamespace(fd, path);
  if (answer >= 0) return isMade;
  if (isMade) unlinkSync(path);
  throw new NamespaceError({errno: answer, syscall: 'move_mount', path, step, namespaces: [type]});
}

/** Refuses what exists and cannot be mounted on. The kernel would say EINVAL for a directory, and mount on top of another namespace. */
function checkFile(path: string, step: string): void {
  const syscall = 'move_mount';
  if (isOnNsfs(path, step)) throw new NamespaceError({errno: EEXIST, syscall, path, step});
  if (fsStep(step, () => statSync(path)).isDirectory()) throw new NamespaceError({errno: EISDIR, syscall, path, step});
}

/** Makes the file to mount on. Returns false if it exists. */
function makeFile(path: string, isNew: boolean): boolean {
  try {
    closeSync(openSync(path, 'ax', 0));
    return true;
  } catch (error) {
    if (!isNew && (error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    return fsStep('persist', () => {
      throw error;
    });
  }
}

/**
 * Releases a namespace that is kept by a mount: by {@link NamespaceHandle.persist}, `unshare --net=FILE` or ip-netns(8). The namespaces that
 * are mounted on the file are unmounted, and the file is removed. A namespace ends when nothing else keeps it.
 *
 * Privilege: CAP_SYS_ADMIN in the user namespace that owns the caller's mount namespace, and permission to remove the file.
 *
 * @param path - the file. A symbolic link is not followed
 * @throws NamespaceError with the step 'release': EINVAL if no namespace is mounted there; EPERM without privilege; ENOENT
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
 * @see umount(2)
 */
export function releaseNamespace(path: string): void {
  validatePath(path);
  const step = 'release';
  if (!isOnNsfs(path, step)) throw new NamespaceError({errno: EINVAL, path, step});
  // unshare(1) mounts on top of what is there.
  do resultOf(native().unmount(path), {syscall: 'umount2', path, step});
  while (isOnNsfs(path, step));
  fsStep(step, () => unlinkSync(path));
}
