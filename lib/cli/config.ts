// The file of `namespawn run --config`: options of the library as JSON.
import {readFileSync} from 'node:fs';
import {namesOf, nearest} from '../shared/known-options.js';
import {isGiven} from '../shared/validate.js';
import {spawnOptions} from '../start/options/known.js';
import type {SpawnOptions} from '../start/options/spawn-options.js';
import type {ConfigOptions} from './config-options.js';
import {UsageError} from './words.js';

/** What a file says. */
export interface Config {
  /** Its name, for errors. */
  file: string;
  command: string | undefined;
  args: string[];
  options: SpawnOptions;
}

/** The options that are no data, and those that the command line determines. An option that is new has to be here or in ConfigOptions. */
const leftOut = namesOf<Omit<SpawnOptions, keyof ConfigOptions>>({
  detached: true,
  dieWithParent: true,
  encoding: true,
  foreground: true,
  ignoredOptions: true,
  join: true,
  maxMessageSize: true,
  onSyscall: true,
  onSyscallTimeout: true,
  pty: true,
  serialization: true,
  signal: true,
  stdio: true,
  windowsHide: true,
  windowsVerbatimArguments: true,
});

/** The names that a file may contain. schema.json has the same. */
export const configNames: ReadonlySet<string> = new Set([
  ...[...spawnOptions.names].filter(name => !leftOut.includes(name)),
  ...namesOf<Omit<ConfigOptions, keyof SpawnOptions>>({$schema: true, command: true, args: true}),
]);

/** Reads a file, or standard input for '-'. What the options contain, the library checks. */
export function readConfig(file: string): Config {
  const name = file === '-' ? 'standard input' : file;
  const {$schema, command, args, ...options} = parse(readFileSync(file === '-' ? 0 : file, 'utf8'), name);
  for (const option of Object.keys(options)) {
    if (!configNames.has(option)) throw new UsageError(`${name}: ${reasonFor(option)}`);
  }
  if (isGiven(command) && typeof command !== 'string') throw new UsageError(`${name}: "command" must be a text`);
  if (isGiven(args) && !(Array.isArray(args) && args.every(word => typeof word === 'string'))) {
    throw new UsageError(`${name}: "args" must be an array of texts`);
  }
  if (isGiven(options.mounts) && !Array.isArray(options.mounts)) {
    throw new UsageError(`${name}: "mounts" must be an array`);
  }
  return {file: name, command: command ?? undefined, args: [...((args as string[] | undefined) ?? [])], options};
}

function parse(text: string, name: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${name}: ${error instanceof Error ? error.message : error}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new UsageError(`${name}: it must be an object of options`);
}

function reasonFor(option: string): string {
  if (leftOut.includes(option)) return `"${option}" cannot be set in a file`;
  const near = nearest(option, configNames);
  return `"${option}" is unknown${near === undefined ? '' : `: the nearest option is "${near}"`}`;
}
