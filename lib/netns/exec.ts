// Runs a command in a network namespace that has a name, as `ip netns exec` does.
import {existsSync, readdirSync} from 'node:fs';
import {type EtcEntries, etcEntries} from '../features/etc-entries.js';
import {own} from '../shared/own.js';
import {callForm} from '../start/options/command.js';
import {execNetnsOptions} from '../start/options/known.js';
import type {SpawnOptions} from '../start/options/spawn-options.js';
import type {NamespacedProcess} from '../start/process/namespaced-process.js';
import {spawnInNamespace} from '../start/spawn.js';
import {pathOf} from './names.js';
import type {ExecNetnsOptions} from './types.js';

export function exec(name: string, command: string, args?: unknown, options?: unknown): NamespacedProcess {
  const path = pathOf(name);
  const call = callForm<ExecNetnsOptions>(command, args, options, execNetnsOptions);
  const given = {
    mountSys: true,
    // As ip-netns(8) does it: what is mounted outside later appears inside.
    propagation: 'slave',
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
