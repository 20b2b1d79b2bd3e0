// The types of the options of spawnInNamespace. Those of the features are derived from features/order.ts.
import type {SpawnOptions as NodeSpawnOptions, SerializationType} from 'node:child_process';
import type {CommandFeature, SetupFeature} from '../../features/feature.js';
import type {command, setup} from '../../features/order.js';
import type {SyscallHandler} from '../../seccomp/on-syscall.js';

/** The options of all features of a list. */
type OptionsOf<Features> = (
  Features extends SetupFeature<infer Options> | CommandFeature<infer Options>
    ? (options: Options) => void
    : never
) extends (options: infer All) => void
  ? All
  : never;

/** The options of the set-up. */
export type SetupFeatureOptions = OptionsOf<(typeof setup)[number]>;

/** The options of a command that nsinit carries out. */
export type CommandFeatureOptions = OptionsOf<(typeof command)[number]>;

/** The options that child_process.spawn has as well, with the same meaning and defaults. */
export interface CommandOptions
  extends Pick<CommandFeatureOptions, keyof CommandFeatureOptions & keyof NodeSpawnOptions> {
  /** The environment of the command. The command is looked up inside, along PATH of this environment. Default: process.env. environ(7) */
  env?: NodeJS.ProcessEnv | undefined;
  /** The value of argv[0] in the command. Default: the command. */
  argv0?: string | undefined;
  /** The format of messages over 'ipc': 'json', or 'advanced', which transfers values as structuredClone() copies them. Default: 'json'. */
  serialization?: SerializationType | undefined;
  /** The maximum size in bytes of a message from the command over 'ipc'. A larger one closes the channel. Default: 100 MB. */
  maxMessageSize?: number | undefined;
  /** Whether the command runs in a shell: true for /bin/sh, or the path of a shell. Default: false. */
  shell?: boolean | string | undefined;
  /** When this signal is aborted, the command is killed with `killSignal`, and 'error' is emitted with an AbortError. Default: none. */
  signal?: AbortSignal | undefined;
  /** The time in milliseconds after which the command is killed with `killSignal`. Default: 0, which sets no limit. */
  timeout?: number | undefined;
  /** The signal for `timeout` and `signal`. Default: 'SIGTERM'. signal(7) */
  killSignal?: NodeJS.Signals | number | undefined;
  /** Has no effect on Linux. It is accepted for compatibility. */
  windowsHide?: boolean | undefined;
  /** Has no effect on Linux. It is accepted for compatibility. */
  windowsVerbatimArguments?: boolean | undefined;
  /** Without effect but in run(), as in child_process.spawn; taken for compatibility. */
  encoding?: BufferEncoding | 'buffer' | undefined;
  /**
   * Names of options that this function does not have and that are ignored, such as those of a newer child_process, or those that a library
   * passes on with its own. Every other unknown option is refused, because a typing mistake would mean less isolation than was asked for.
   * Default: none.
   */
  ignoredOptions?: readonly string[] | undefined;
}

/** The options of a command, in new namespaces or in a sandbox. */
export interface ProcessOptions extends CommandOptions, CommandFeatureOptions {
  /**
   * The time in milliseconds after which SIGKILL ends a command, and everything in its namespace, if it has not ended after `timeout`,
   * `signal`, or kill() with `killSignal`. Other signals have no such effect. execa has an option of this name for the same signals, and passes
   * it on: then both end the command at the same time. Default: false, which never sends SIGKILL.
   */
  forceKillAfterDelay?: number | false | undefined;
  /**
   * Decides about the calls for which a profile in `seccomp` has SCMP_ACT_NOTIFY: it returns an errno, a value or a descriptor, or a promise of
   * one. It cannot let the kernel carry out a call. If it throws or rejects, the call fails with EPERM, and the first such error of a command is
   * reported as a warning of the process. The command's processes wait meanwhile, so the event loop must not wait for them. When this process
   * has ended, such calls fail with ENOSYS. docs/seccomp.md. Default: none, and the action is refused. seccomp_unotify(2)
   */
  onSyscall?: SyscallHandler | undefined;
  /** The time in milliseconds after which a call fails with ETIMEDOUT if `onSyscall` has returned a promise. Default: 10000. */
  onSyscallTimeout?: number | undefined;
  /**
   * Whether it is reported for which call a process was killed: `forbiddenSyscall` of the child, and of the result. Calls that a profile in
   * `seccomp` kills (SCMP_ACT_KILL_PROCESS and _KILL_THREAD) are then handed to this process, which kills the caller's process by SIGKILL. One
   * profile alone may kill. docs/seccomp.md. Default: false, with which the kernel does it. seccomp_unotify(2)
   */
  reportForbidden?: boolean | undefined;
}

/** Options of {@link spawnInNamespace}. */
export interface SpawnOptions extends ProcessOptions, SetupFeatureOptions {}
