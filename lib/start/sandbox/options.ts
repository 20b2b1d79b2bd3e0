// The options of createSandbox.
import type {InitOptions} from '../../features/init.js';
import {KnownOptions, namesOf} from '../../shared/known-options.js';
import {processOptions, spawnOptions} from '../options/known.js';
import type {ProcessOptions, SpawnOptions} from '../options/spawn-options.js';
import type {RunOptions} from '../run-types.js';
import {defaultsOptions, type SandboxDefaults} from './defaults.js';

/** Options of {@link createSandbox}: those of {@link SpawnOptions} that describe the namespaces, and `defaults` for the commands. */
export interface SandboxOptions extends Omit<SpawnOptions, keyof ProcessOptions | 'init'> {
  /** Which of the signals that nsinit receives it forwards, and to which processes. */
  init?: Omit<InitOptions, 'waitForAll'> | undefined;
  /**
   * Options of every command of the sandbox: `cwd`, `env`, `uid`, `gid`, `groups`, `rlimits`, `umask`, `timeout`, `stdio` and the others that
   * describe a command. A command overrides each of them by its own option of the same name, and of `rlimits` each limit. undefined and null
   * override nothing. fork() adds 'ipc' to an array of `stdio`. Names of users and groups are looked up once. Default: none.
   */
  defaults?: SandboxDefaults | undefined;
}

const setupNames = [...spawnOptions.names].filter(name => !processOptions.names.has(name));

export const sandboxOptions = new KnownOptions(
  [...setupNames, ...namesOf<Pick<SandboxOptions, 'defaults'>>({defaults: true})],
  {
    of: 'createSandbox()',
    elsewhere: name =>
      defaultsOptions.names.has(name)
        ? 'belongs to the commands: give it in `defaults`, or to spawn(), run() and fork() of the sandbox'
        : 'belongs to spawn(), run() and fork() of the sandbox',
  },
);

/** Options of {@link Sandbox.run}. */
export type SandboxRunOptions = ProcessOptions &
  Pick<RunOptions, 'all' | 'collect' | 'encoding' | 'input' | 'maxBuffer' | 'reject'>;

/** Options of {@link Sandbox.close}. */
export interface CloseOptions {
  /** The signal that every process receives first, if there is a grace time. Default: 'SIGTERM'. */
  signal?: NodeJS.Signals | number | undefined;
  /** How many milliseconds the processes have to end. Default: 0, which kills them at once. */
  graceMs?: number | undefined;
}

export const closeOptions = new KnownOptions(namesOf<CloseOptions>({signal: true, graceMs: true}));
