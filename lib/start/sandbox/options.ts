// The options of createSandbox.
import type {InitOptions} from '../../features/init.js';
import type {ProcessOptions, SpawnOptions} from '../options/spawn-options.js';

/** Options of {@link createSandbox}: those of {@link SpawnOptions} that describe the namespaces, not a command. */
export interface SandboxOptions extends Omit<SpawnOptions, keyof ProcessOptions | 'init'> {
  /** Which of the signals that nsinit receives it forwards, and to which processes. */
  init?: Omit<InitOptions, 'waitForAll'> | undefined;
}

/** Options of {@link Sandbox.close}. */
export interface CloseOptions {
  /** The signal that every process receives first, if there is a grace time. Default: 'SIGTERM'. */
  signal?: NodeJS.Signals | number | undefined;
  /** How many milliseconds the processes have to end. Default: 0, which kills them at once. */
  graceMs?: number | undefined;
}
