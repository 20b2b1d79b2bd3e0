// Finds the cause of an error in the table of causes. NamespaceError, probe() and docs/errors.md use the same table.

import type {FailedStep, Hint} from '../shared/hint.js';
import {own} from '../shared/own.js';
import {causes} from './causes.js';

export type {FailedStep, Hint} from '../shared/hint.js';

/** The step of the set-up that a system call of namespawn/sys corresponds to. */
const stepsOfSyscalls = own<Record<string, string>>({
  unshare: 'namespaces',
  clone3: 'namespaces',
  clone: 'namespaces',
  setns: 'setns',
});

/** Returns the first cause in the table that matches the failure and is true on this machine. */
export function explain(given: FailedStep): Hint | undefined {
  const failed = own(given);
  const step = failed.step ?? stepsOfSyscalls[failed.syscall ?? ''] ?? '';
  for (const {steps, code, syscall, applies, why, advice} of causes) {
    if (code !== failed.code || !steps.some(name => name === '*' || name === step || step.startsWith(`${name}.`)))
      continue;
    if (syscall !== undefined && failed.syscall !== syscall) continue;
    const blanks = applies === undefined ? {} : applies(failed);
    if (blanks !== undefined) return {why: fill(why, blanks), advice: fill(advice, blanks)};
  }
  return undefined;
}

/** Returns the cause and the advice as one text: the `hint` of a NamespaceError. */
export function hintFor(failed: FailedStep): string | undefined {
  const hint = explain(failed);
  return hint && `${hint.why}; ${hint.advice}`;
}

function fill(text: string, blanks: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => `${blanks[name]}`);
}
