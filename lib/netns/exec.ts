// Runs a command in a network namespace that has a name, as `ip netns exec` does.
import {existsSync, readdirSync} from 'node:fs';
import {type EtcEntries, etcEntries} from '../features/etc-entries.js';
import {own} from '../shared/own.js';
import {callForm} from '../start/options/command.js';
import type {SpawnOptions} from '../start/options/spawn-options.js';
import type {NamespacedProcess} from '../start/process/namespaced-process.js';
import {spawnInNamespace} from '../start/spawn.js';
import {pathOf} from './names.js';

export function exec(name: string, command: string, args?: unknown, options?: unknown): NamespacedProcess {
  const path = pathOf(name);
  const call = callForm<SpawnOptions>(command, args, options);
  const given = {
    mountSys: true,
    ...call.options,
    namespaces: {net: path, mnt: 'new'},
    [etcEntries]: entriesFor(name),
  } as const;
  return spawnInNamespace(call.file, call.args, own<SpawnOptions>(given));
}

/** The entries of /etc/netns/NAME that /etc has too. ip-netns(8) warns of the others, and goes on. */
function entriesFor(name: string): EtcEntries | undefined {
  const directory = `/etc/netns/${name}`;
  if (!existsSync(directory)) return undefined;
  return {directory, names: readdirSync(directory).filter(entry => existsSync(`/etc/${entry}`))};
}
