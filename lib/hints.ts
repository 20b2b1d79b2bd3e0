// Why a step fails with an errno, and what to do about it: one table. NamespaceError, probe() and docs/errors.md speak from it.
import {causes} from './hints/causes.js';
import type {FailedStep, Hint} from './hints/hint.js';
import {own} from './options/own.js';

export type {FailedStep, Hint} from './hints/hint.js';

/** Calls of namespawn/sys that do what a step of the set-up does. */
const stepsOfSyscalls = own<Record<string, string>>({unshare: 'namespaces', clone3: 'namespaces', clone: 'namespaces'});

/** Why a step failed and what to do, of the first cause in the table that is true here. */
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

/** Both in one sentence or two: `hint` of a NamespaceError. */
export function hintFor(failed: FailedStep): string | undefined {
  const hint = explain(failed);
  return hint && `${hint.why}; ${hint.advice}`;
}

function fill(text: string, blanks: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => `${blanks[name]}`);
}
