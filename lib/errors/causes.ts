// The table of causes: those of all features, and those that belong to no feature.
import {command, setup} from '../features/order.js';
import type {Cause, CauseGroup} from '../shared/hint.js';
import {own} from '../shared/own.js';
import {sharedCauses} from './shared-causes.js';

/** The sections of the table. docs/errors.md has the same ones. */
export const groups: readonly CauseGroup[] = [...setup, ...command, ...sharedCauses];

const all = groups.flatMap(({causes = []}) => causes).map(cause => own(cause));

/**
 * All causes in the order in which they are checked. Those that can be verified come before those that are assumed. Among both, those that
 * name a system call come first, because they say more.
 */
export const causes: readonly Cause[] = [
  ...all.filter(({applies, syscall}) => applies !== undefined && syscall !== undefined),
  ...all.filter(({applies, syscall}) => applies !== undefined && syscall === undefined),
  ...all.filter(({applies, syscall}) => applies === undefined && syscall !== undefined),
  ...all.filter(({applies, syscall}) => applies === undefined && syscall === undefined),
];
