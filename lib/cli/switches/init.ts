// The switches of `namespawn run` for the init, for signals and for the terminal.
import type {Command} from 'commander';
import type {SpawnOptions} from '../../start/options/spawn-options.js';
import {parseNumber} from '../output.js';
import {addDieWithParent} from '../parent.js';
import {toSignals} from '../signals.js';

/** The switches of the init. */
export interface InitSwitches {
  init: boolean;
  waitAll?: boolean;
  forward?: number[];
}

/** Adds the switches. */
export function addInitSwitches(command: Command): void {
  command
    .option('--no-init', 'run the command as PID 1, instead of nsinit')
    .option('--wait-all', 'wait until the last process has ended, and not only the command')
    .option('--grace <ms>', 'send SIGKILL this many milliseconds after a SIGTERM, SIGINT or SIGHUP', parseNumber)
    .option('--pty', 'give the command its own pseudo-terminal, and connect this terminal with it')
    .option(
      '--forward <signals>',
      'forward only these signals to the command, for example TERM,INT,RTMIN+1,10. Default: all',
      toSignals,
    );
  addDieWithParent(command);
}

/**
 * Returns the option `init`.
 * @param before - what the switches are added to
 */
export function toInit({init, waitAll, forward}: InitSwitches, before: SpawnOptions['init']): SpawnOptions['init'] {
  if (!init) return false;
  const given = {...(waitAll ? {waitForAll: true} : {}), ...(forward ? {forwardSignals: forward} : {})};
  if (Object.keys(given).length === 0) return before;
  return {...(typeof before === 'object' ? before : {}), ...given};
}
