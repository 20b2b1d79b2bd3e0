// The options of createSandbox.
import type {InitOptions, SpawnOptions} from '../options/spawn-options.js';

/** Options of createSandbox: what the namespaces are, but nothing of a command. */
export interface SandboxOptions
  extends Pick<
    SpawnOptions,
    | 'namespaces'
    | 'mountProc'
    | 'uidMap'
    | 'gidMap'
    | 'setgroups'
    | 'hostname'
    | 'domainname'
    | 'timeOffsets'
    | 'loopback'
    | 'dieWithParent'
  > {
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
