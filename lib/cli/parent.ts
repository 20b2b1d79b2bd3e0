// The switch --die-with-parent of `run` and `enter`.
import type {Command} from 'commander';
import {native} from '../shared/native.js';

/** Adds the switch. */
export function addDieWithParent(command: Command): void {
  command.option('--die-with-parent', 'end, with everything inside, when the process that has started this one ends');
}

// Read before the kernel is asked, so that a parent that ends in between is noticed.
const parent = process.ppid;

/**
 * Makes the kernel kill this process when its parent ends: the thread of it that has started this process, see PR_SET_PDEATHSIG. nsinit ends
 * everything inside then, as after any end of this process.
 */
export function dieWithParent(): void {
  native().dieWithParent();
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}
