// The options of createSandbox.
import type {InitOptions} from '../features/init.js';
import type {ProcessOptions, SpawnOptions} from '../options/spawn-options.js';

/** Options of createSandbox: those of the set-up, without those that a command has as well. */
export interface SandboxOptions extends Omit<SpawnOptions, keyof ProcessOptions | 'init'> {
  /** Which signals that reach nsinit go on to the commands, and to whom. */
  init?: Omit<InitOptions, 'waitForAll'> | undefined;
}

/** Options of {@link Sandbox.close}. */
export interface CloseOptions {
  /** What every process gets first. Default 'SIGTERM' where there is a grace time. */
  signal?: NodeJS.Signals | number | undefined;
  /** How many milliseconds they have to end. Default 0: they are killed at once. */
  graceMs?: number | undefined;
}
