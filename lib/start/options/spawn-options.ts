// The options of spawnInNamespace, as users see them. Those of the features come from features/order.ts.
import type {SpawnOptions as NodeSpawnOptions, SerializationType} from 'node:child_process';
import type {CommandFeature, SetupFeature} from '../../features/feature.js';
import type {command, setup} from '../../features/order.js';

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

/** What child_process.spawn takes, with the same meaning and defaults. */
export interface CommandOptions
  extends Pick<CommandFeatureOptions, keyof CommandFeatureOptions & keyof NodeSpawnOptions> {
  /** The command's environment. Default: process.env. The command is looked up along its PATH, inside. */
  env?: NodeJS.ProcessEnv | undefined;
  /** What the command sees as argv[0]. Default: the command. */
  argv0?: string | undefined;
  /** How messages go over 'ipc': as JSON (default), or with 'advanced' as structuredClone copies values. */
  serialization?: SerializationType | undefined;
  /** The most bytes of a message from the command over 'ipc': a larger one closes the channel. Default 100 MB. */
  maxMessageSize?: number | undefined;
  /** Runs the command in a shell: /bin/sh, or the one named. */
  shell?: boolean | string | undefined;
  /** Kills the command with `killSignal` when aborted; 'error' is an AbortError then. */
  signal?: AbortSignal | undefined;
  /** After so many milliseconds the command is killed with `killSignal`. */
  timeout?: number | undefined;
  /** Default: 'SIGTERM'. */
  killSignal?: NodeJS.Signals | number | undefined;
  /** Without effect on Linux; taken for compatibility. */
  windowsHide?: boolean | undefined;
  /** Without effect on Linux; taken for compatibility. */
  windowsVerbatimArguments?: boolean | undefined;
}

/** What a command's own process is given, in new namespaces or in a sandbox. */
export interface ProcessOptions extends CommandOptions, CommandFeatureOptions {
  /**
   * Milliseconds after `timeout`, `signal`, or kill() with `killSignal`, at which SIGKILL ends a command that has not ended, and everything in
   * its namespace. Other signals do not count. execa has an option of this name for the same signals, and passes it on: then both end the
   * command at the same time. Default: false, which means never.
   */
  forceKillAfterDelay?: number | false | undefined;
}

/** Options of {@link spawnInNamespace}. */
export interface SpawnOptions extends ProcessOptions, SetupFeatureOptions {}
