// clone3(2) and execve(2) in one.
import {NamespaceError} from '../errors.js';
import {native} from '../native.js';
import {readEnv} from '../options/command.js';
import {own} from '../options/own.js';
import {validateInteger, validateNoNul, validateObject, validateString} from '../validate.js';
import {constants} from './constants.js';

/** What {@link clone} starts. */
export interface CloneOptions {
  /** CLONE_NEW*, CLONE_PARENT, CLONE_IO and so on. CLONE_VM, CLONE_VFORK, CLONE_PIDFD and CLONE_CLEAR_SIGHAND are always added. */
  flags?: number;
  /** The program's path: it is not looked up. */
  path: string;
  /** With argv[0]. Default: the path alone. */
  args?: readonly string[];
  /** Default: process.env. */
  env?: NodeJS.ProcessEnv;
  /** The child's descriptors 0, 1, 2 and so on; all others are closed. Default [0, 1, 2]. */
  descriptors?: readonly number[];
  /** The child's PIDs from its own PID namespace outwards: clone3's set_tid. Linux 5.5; CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN. */
  setTid?: readonly number[];
  /** A descriptor of a cgroup v2 directory, for CLONE_INTO_CGROUP. Linux 5.7. */
  cgroup?: number;
  /** What the parent gets when the child dies before its exec; the exec makes it SIGCHLD. Default SIGCHLD. */
  exitSignal?: number;
}

const SIGCHLD = 17;
const maxInt = 0x7fffffff;
const result = new Int32Array(3);

/**
 * Makes a process in new namespaces and executes a program in it, without anything in between: no init, no /proc, no id
 * maps. clone3(2), with a fall back to clone(2) where a container's seccomp profile refuses it.
 *
 * The calling thread waits until the program is executed (CLONE_VFORK). Whoever calls waits for the process (see waitid) and closes
 * the pidfd. Where a Worker ends with the pidfd open, the process goes on, and is waited for when it ends.
 *
 * Privilege: CAP_SYS_ADMIN for each CLONE_NEW* but CLONE_NEWUSER, or CLONE_NEWUSER among them. Linux 5.11.
 *
 * @returns the PID and a pidfd
 * @throws NamespaceError of clone3 or of the child's dup3, close_range or execve
 */
export function clone(options: CloneOptions): {pid: number; pidfd: number} {
  validateObject(options, 'options');
  options = own<CloneOptions>(options);
  const {flags = 0, path, args = [path], env = process.env, descriptors = [0, 1, 2], setTid = [], cgroup} = options;
  validateInteger(flags, 'options.flags', 0, Number.MAX_SAFE_INTEGER);
  validateString(path, 'options.path');
  validateNoNul(path, 'options.path');
  args.forEach((word, index) => {
    validateString(word, `options.args[${index}]`);
    validateNoNul(word, `options.args[${index}]`);
  });
  descriptors.forEach((fd, index) => {
    validateInteger(fd, `options.descriptors[${index}]`, 0, maxInt);
  });
  const {exitSignal = SIGCHLD} = options;
  validateInteger(exitSignal, 'options.exitSignal', 0, 64);
  native().clone(
    cgroup === undefined ? flags : flags + constants.CLONE_INTO_CGROUP,
    exitSignal,
    path,
    [...args],
    readEnv(env),
    Int32Array.from(descriptors),
    Int32Array.from(setTid),
    cgroup ?? 0,
    result,
  );
  const [pid, pidfd, number] = result as unknown as [number, number, number];
  if (pid < 0) {
    const syscall = native().syscalls[number];
    throw new NamespaceError({errno: pid, syscall, path: syscall === 'execve' ? path : undefined});
  }
  return {pid, pidfd};
}
