// clone3(2) followed by execve(2).
import {NamespaceError} from '../errors/errors.js';
import {INT_MAX, SIGCHLD, SIGRTMAX} from '../shared/kernel.js';
import {KnownOptions, namesOf} from '../shared/known-options.js';
import {native} from '../shared/native.js';
import {validateInteger, validateNoNul, validateObject, validateString} from '../shared/validate.js';
import {readEnv} from '../start/options/command.js';
import {constants} from './constants.js';

/** Options of {@link clone}. */
export interface CloneOptions {
  /**
   * A mask of CLONE_NEW*, CLONE_PARENT, CLONE_IO and so on, see {@link constants}. CLONE_VM, CLONE_VFORK, CLONE_PIDFD and
   * CLONE_CLEAR_SIGHAND are always added. Default: 0.
   */
  flags?: number;
  /** The path of the program. It is not looked up along PATH. */
  path: string;
  /** The arguments, including argv[0]. Default: `[path]`. */
  args?: readonly string[];
  /** The environment. Default: `process.env`. */
  env?: NodeJS.ProcessEnv;
  /**
   * Descriptors of this process: the first becomes the child's descriptor 0, the second its descriptor 1, and so on. The child has no
   * other descriptor open. Default: `[0, 1, 2]`.
   */
  descriptors?: readonly number[];
  /**
   * The PIDs of the child, starting with the one in its own (innermost) PID namespace: `set_tid` of clone3(2). Linux 5.5.
   * Privilege: CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN in the user namespace that owns the PID namespace. Default: the kernel chooses.
   */
  setTid?: readonly number[];
  /** A descriptor of a cgroup v2 directory, in which the child starts (CLONE_INTO_CGROUP, Linux 5.7). Default: the caller's cgroup. */
  cgroup?: number;
  /**
   * The number of the signal that the parent receives if the child ends before it has executed the program. Afterwards the signal is
   * always SIGCHLD. Default: SIGCHLD.
   */
  exitSignal?: number;
}

const cloneOptions = new KnownOptions(
  namesOf<CloneOptions>({
    flags: true,
    path: true,
    args: true,
    env: true,
    descriptors: true,
    setTid: true,
    cgroup: true,
    exitSignal: true,
  }),
);

// src-native/sys/sys_clone.cc has the same indexes.
const request = new Float64Array(3);

/**
 * Creates a process in new namespaces and executes a program in it. Unlike spawnInNamespace it does nothing else: it starts no init,
 * mounts no /proc and writes no id maps. It calls clone3(2), or clone(2) where the seccomp profile of a container refuses clone3.
 *
 * The calling thread, and with it the event loop, waits until the program is executed (CLONE_VFORK). The caller must wait for the process
 * (see {@link waitid}) and close the pidfd (see {@link close}). If a Worker ends while the pidfd is open, the process continues to run and
 * is reaped when it ends.
 *
 * Privilege: CAP_SYS_ADMIN, unless `flags` contains CLONE_NEWUSER or no CLONE_NEW* at all. Linux 5.11.
 *
 * @returns the PID in the caller's PID namespace, and a pidfd, which is close-on-exec
 * @throws NamespaceError with the `syscall` clone3, or dup3, close_range or execve of the child
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE
 * @see clone(2), execve(2), namespaces(7)
 */
export function clone(options: CloneOptions): {pid: number; pidfd: number} {
  validateObject(options, 'options');
  options = cloneOptions.read(options);
  const {flags = 0, path, args = [path], env = process.env, descriptors = [0, 1, 2], setTid = [], cgroup} = options;
  validateInteger(flags, 'options.flags', 0, Number.MAX_SAFE_INTEGER);
  validateString(path, 'options.path');
  validateNoNul(path, 'options.path');
  args.forEach((word, index) => {
    validateString(word, `options.args[${index}]`);
    validateNoNul(word, `options.args[${index}]`);
  });
  descriptors.forEach((fd, index) => {
    validateInteger(fd, `options.descriptors[${index}]`, 0, INT_MAX);
  });
  const {exitSignal = SIGCHLD} = options;
  validateInteger(exitSignal, 'options.exitSignal', 0, SIGRTMAX);
  request[0] = cgroup === undefined ? flags : flags + constants.CLONE_INTO_CGROUP;
  request[1] = exitSignal;
  request[2] = cgroup ?? 0;
  native().clone(path, [...args], readEnv(env), Int32Array.from(descriptors), Int32Array.from(setTid), request);
  const [pid, pidfd, number] = request as unknown as [number, number, number];
  if (pid < 0) {
    const syscall = native().syscalls[number];
    throw new NamespaceError({errno: pid, syscall, path: syscall === 'execve' ? path : undefined});
  }
  return {pid, pidfd};
}
