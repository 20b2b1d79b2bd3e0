// The switches of `namespawn run` for namespaces.
import path from 'node:path';
import {type Command, Option} from 'commander';
import {type NamespaceType, namespaceTypes} from '../../shared/namespace-types.js';
import type {NamespaceFiles} from '../../start/channel/keeper.js';
import type {SpawnOptions} from '../../start/options/spawn-options.js';
import {addFileOption} from '../optional-files.js';
import {parseNumber, parseOffset} from '../output.js';
import {UsageError} from '../words.js';

/** The switches of namespaces. */
export interface NamespaceSwitches extends Partial<Record<NamespaceType, boolean>>, Record<string, unknown> {
  all?: boolean;
  hostname?: string;
  propagation?: SpawnOptions['propagation'];
  monotonic?: number;
  boottime?: number;
  setPid?: number;
  init: boolean;
}

/** Adds the switches. */
export function addNamespaceSwitches(command: Command): void {
  for (const type of namespaceTypes) {
    command.option(`--${type}`, `create a new ${type} namespace; --${type}=FILE: and keep it on a file`);
    addFileOption(command, type);
  }
  command
    .option('--all', 'create new namespaces of all eight types')
    .option('--hostname <name>', 'set the host name inside; implies --uts')
    .addOption(
      new Option('--propagation <kind>', 'how mounts propagate; implies --mnt. Default: private').choices([
        'private',
        'slave',
        'shared',
        'unchanged',
      ]),
    )
    .option('--monotonic <seconds>', 'set the offset of CLOCK_MONOTONIC inside; implies --time', parseOffset)
    .option('--boottime <seconds>', 'set the offset of CLOCK_BOOTTIME inside; implies --time', parseOffset)
    .option('--set-pid <pid>', 'give the command this PID inside', parseNumber);
}

/** Returns the files of --TYPE=FILE. */
export function filesOf(switches: NamespaceSwitches): NamespaceFiles {
  const files = new Map<NamespaceType, string>();
  for (const type of namespaceTypes) {
    const file = switches[`${type}File`];
    if (file === '') throw new UsageError(`--${type}= needs a file`);
    if (typeof file === 'string') files.set(type, path.resolve(file));
  }
  if (files.has('pid') && !switches.init) {
    throw new UsageError('--pid=FILE cannot be used with --no-init: the namespace would end with the command');
  }
  return files;
}

/**
 * Returns the options that the switches stand for.
 * @param before - what they are added to
 * @param needsUser - whether other switches need a user namespace
 */
export function toNamespaces(
  switches: NamespaceSwitches,
  files: NamespaceFiles,
  before: SpawnOptions,
  needsUser: boolean,
): SpawnOptions {
  const {hostname, propagation, monotonic, boottime, setPid} = switches;
  const types = new Set(namespaceTypes.filter(type => switches.all || switches[type] || files.has(type)));
  if (types.size === 0 && before.namespaces === undefined) {
    types.add('pid');
    types.add('mnt');
  }
  if (hostname !== undefined) types.add('uts');
  if (propagation !== undefined) types.add('mnt');
  if (needsUser) types.add('user');
  const offsets = Object.entries({monotonic, boottime}).filter(([, seconds]) => seconds !== undefined);
  if (offsets.length > 0) types.add('time');
  return {
    namespaces: withTypes(before.namespaces, types),
    hostname,
    propagation,
    namespacePid: setPid,
    timeOffsets: offsets.length > 0 ? {...before.timeOffsets, ...Object.fromEntries(offsets)} : undefined,
  };
}

function withTypes(before: SpawnOptions['namespaces'], types: ReadonlySet<NamespaceType>): SpawnOptions['namespaces'] {
  if (before === undefined || Array.isArray(before)) return [...new Set([...(before ?? []), ...types])];
  return {...before, ...Object.fromEntries([...types].map(type => [type, 'new']))};
}
