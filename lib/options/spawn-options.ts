// The options of spawnInNamespace, as users see them.
import type {SerializationType, StdioOptions} from 'node:child_process';
import type {IdMapOption} from './id-maps.js';
import type {NamespacesOption} from './namespaces.js';
import type {PtyOptions} from './pty.js';
import type {ResourceLimits} from './rlimits.js';
import type {TimeOffsets} from './time-offsets.js';

/** What child_process.spawn takes, with the same meaning and defaults. */
export interface CommandOptions {
  /** The command's working directory. Default: the caller's. */
  cwd?: string | Buffer | URL | undefined;
  /** The command's environment. Default: process.env. The command is looked up along its PATH, inside. */
  env?: NodeJS.ProcessEnv | undefined;
  /** What the command sees as argv[0]. Default: the command. */
  argv0?: string | undefined;
  /**
   * 'pipe' (default), 'ignore', 'inherit', 'overlapped', a descriptor or a stream for each descriptor. Pipes of 0 to 2
   * are FIFOs, of 3 and above duplex sockets. One may be 'ipc': a channel for messages, Node's own.
   */
  stdio?: StdioOptions | undefined;
  /** How messages go over 'ipc': as JSON (default), or with 'advanced' as structuredClone copies values. */
  serialization?: SerializationType | undefined;
  /** The most bytes of a message from the command over 'ipc': a larger one closes the channel. Default 100 MB. */
  maxMessageSize?: number | undefined;
  /** The command's user id, as its user namespace counts. */
  uid?: number | undefined;
  /** The command's group id, as its user namespace counts. */
  gid?: number | undefined;
  /** Runs the command in a shell: /bin/sh, or the one named. */
  shell?: boolean | string | undefined;
  /** Kills the command with `killSignal` when aborted; 'error' is an AbortError then. */
  signal?: AbortSignal | undefined;
  /** After so many milliseconds the command is killed with `killSignal`. */
  timeout?: number | undefined;
  /** Default: 'SIGTERM'. */
  killSignal?: NodeJS.Signals | number | undefined;
  /**
   * The command leads a session of its own, and survives this process (as dieWithParent: false). So does nsinit: a
   * signal to the process group -pid reaches the command's group.
   */
  detached?: boolean | undefined;
  /** Without effect on Linux; taken for compatibility. */
  windowsHide?: boolean | undefined;
  /** Without effect on Linux; taken for compatibility. */
  windowsVerbatimArguments?: boolean | undefined;
}

/** What a command's own process is given, in new namespaces or in a sandbox. */
export interface ProcessOptions extends CommandOptions {
  /**
   * Whether the command leads a session of its own. Default true, but false where it inherits a terminal, so that job
   * control works: then a hostile command can push input into that terminal (TIOCSTI) on kernels before 6.2.
   */
  newSession?: boolean | undefined;
  /**
   * Gives the command a pseudo-terminal of its own as 0 to 2 and as its controlling terminal, in a new session: `child.pty`. It is
   * opened inside, in the command's own /dev/pts, with IUTF8. `stdio` may then name descriptors from 3 on. Default false.
   */
  pty?: boolean | PtyOptions | undefined;
  /** Supplementary group ids. Default: the caller's; none where uid or gid are set. */
  groups?: readonly number[] | undefined;
  /** Resource limits of the command, as prlimit(2) sets them. */
  rlimits?: ResourceLimits | undefined;
  /**
   * The command's PID inside, for programs that must find their old PIDs after a migration: clone3's set_tid. EEXIST where a process
   * has it, EPERM without CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN over the PID namespace. Linux 5.5.
   */
  namespacePid?: number | undefined;
  /**
   * Milliseconds after `timeout`, `signal`, or kill() with SIGTERM or `killSignal`, at which SIGKILL ends a command that has not
   * ended, and everything in its namespace. Other signals do not count. Default false: never.
   */
  forceKillAfterDelay?: number | false | undefined;
}

/** How nsinit looks after the command. */
export interface InitOptions {
  /**
   * Which signals that reach nsinit go on to the command. Default true: all but SIGKILL, SIGSTOP, which no process
   * can take, and SIGCHLD, which is nsinit's own.
   */
  forwardSignals?: boolean | readonly (NodeJS.Signals | number)[] | undefined;
  /** Whether they go to the command alone or to the process group that it leads. Default 'process', but 'group' with `detached`. */
  forwardTo?: 'process' | 'group' | undefined;
  /** Keeps the namespace until its last process is gone, and then reports the command's status. Default false. */
  waitForAll?: boolean | undefined;
}

/** Options of {@link spawnInNamespace}. */
export interface SpawnOptions extends ProcessOptions {
  /**
   * The namespaces to create. Default ['pid', 'mnt'].
   *
   * Privilege: CAP_SYS_ADMIN. Where the caller lacks it and says nothing of 'user', a user namespace is added, in which
   * the caller's own ids are mapped to themselves. 'time' needs Linux 5.6.
   */
  namespaces?: NamespacesOption | undefined;
  /**
   * Default true with a new PID namespace: nsinit is PID 1 and the command PID 2. With false the command is PID 1 itself,
   * and nsinit supervises it from outside: the kernel shields a PID 1 from every signal that it does not handle.
   */
  init?: boolean | InitOptions | undefined;
  /** Where to mount a /proc for the namespaces. Default '/proc' (true) where 'pid' and 'mnt' are both new, else nowhere. */
  mountProc?: boolean | string | undefined;
  /** The new user namespace's user ids. Default 'identity'. user_namespaces(7) */
  uidMap?: IdMapOption | undefined;
  /** The new user namespace's group ids. Default: as `uidMap` where that is 'root' or 'identity', else 'identity'. */
  gidMap?: IdMapOption | undefined;
  /** Whether setgroups(2) works inside. Default 'deny' where the map holds the caller's own id alone, else 'allow'. */
  setgroups?: 'allow' | 'deny' | undefined;
  /** The host name in a new uts namespace, of at most 64 bytes. */
  hostname?: string | undefined;
  /** The NIS domain name in a new uts namespace, of at most 64 bytes. */
  domainname?: string | undefined;
  /** The clocks of a new time namespace. */
  timeOffsets?: TimeOffsets | undefined;
  /** Whether the loopback interface of a new net namespace is set up. Default true. */
  loopback?: boolean | undefined;
  /** Whether everything ends when this process does, however it dies. Default true, but false with `detached`. */
  dieWithParent?: boolean | undefined;
}
