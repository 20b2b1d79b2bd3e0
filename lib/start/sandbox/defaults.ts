// The option `defaults` of a sandbox: options for its commands.
import {ids} from '../../features/ids.js';
import {KnownOptions} from '../../shared/known-options.js';
import {own} from '../../shared/own.js';
import {isGiven} from '../../shared/validate.js';
import {processOptions} from '../options/known.js';
import {type ResolvedSetup, resolveProcess} from '../options/resolve.js';
import type {ProcessOptions} from '../options/spawn-options.js';
import {type Enforced, enforcedBy} from '../process/enforced.js';
import {resolveKill} from '../process/kill-options.js';

/** A PID can be taken once, and the encoding decides the type of what run() returns. */
const excepted = ['namespacePid', 'encoding'] as const;

/** Options of the commands of a sandbox: all those of a command but `namespacePid` and `encoding`. */
export interface SandboxDefaults extends Omit<ProcessOptions, (typeof excepted)[number]> {}

export const defaultsOptions = new KnownOptions(
  [...processOptions.names].filter(name => !(excepted as readonly string[]).includes(name)),
  {elsewhere: name => (processOptions.names.has(name) ? 'belongs to a single command' : undefined)},
);

/**
 * Checks the option, and looks names of users and groups up, once for all commands.
 * @throws as spawn() for a bad option
 */
export function resolveDefaults(option: SandboxDefaults | null | undefined): SandboxDefaults | undefined {
  if (!isGiven(option)) return undefined;
  const defaults = defaultsOptions.read(option, 'options.defaults');
  try {
    resolveKill(defaults);
    const {settings} = resolveProcess('true', [], defaults);
    return own({...defaults, ...settings.of(ids)});
  } catch (error) {
    throw error instanceof Error ? inDefaults(error) : error;
  }
}

/** The features name an option as a command has it. */
function inDefaults(error: Error): Error {
  const named = (text: string): string => text.replace(/\boptions\./, 'options.defaults.');
  const stack = named(error.stack ?? '');
  error.message = named(error.message);
  return Object.assign(error, {stack});
}

/** Returns the options of a command: its own, and the defaults for those that it does not give. Limits are taken one by one. */
export function withDefaults<Options extends ProcessOptions>(
  defaults: SandboxDefaults | undefined,
  options: Options,
): Options {
  if (defaults === undefined) return options;
  const given = Object.entries(options).filter(([, value]) => isGiven(value));
  const merged: Options = own({...defaults, ...(Object.fromEntries(given) as Options)});
  if (isGiven(defaults.rlimits) && isGiven(options.rlimits)) merged.rlimits = {...defaults.rlimits, ...options.rlimits};
  return merged;
}

/** Returns what holds every command of a sandbox. */
export function enforcedByDefaults(setup: ResolvedSetup, defaults: SandboxDefaults | undefined): Enforced {
  const {settings} = resolveProcess('true', [], own({...defaults, stdio: undefined, pty: undefined}));
  return enforcedBy(setup, settings);
}
