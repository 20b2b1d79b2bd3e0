// namespawn run: runs a command in new namespaces, as unshare(1) does. The switches of each capability are a file of switches/.
import type {Command} from 'commander';
import type {NamespaceFiles} from '../start/channel/keeper.js';
import type {SpawnOptions} from '../start/options/spawn-options.js';
import {type Config, readConfig} from './config.js';
import {runCommand} from './run-command.js';
import {addMapSwitches, type MapSwitches, toMaps} from './switches/id-maps.js';
import {addInitSwitches, type InitSwitches, toInit} from './switches/init.js';
import {addMountSwitches, type MountSwitches, toFileSystem} from './switches/mounts.js';
import {addNamespaceSwitches, filesOf, type NamespaceSwitches, toNamespaces} from './switches/namespaces.js';
import {addRightsSwitches, type RightsSwitches, toRights} from './switches/rights.js';
import {addSchedulingSwitches, type SchedulingSwitches, toScheduling} from './switches/scheduling.js';
import {UsageError, type Wording} from './words.js';

interface Switches
  extends NamespaceSwitches,
    MapSwitches,
    MountSwitches,
    RightsSwitches,
    SchedulingSwitches,
    InitSwitches {
  grace?: number;
  pty?: boolean;
  verbose?: boolean;
  config?: string;
}

/** The groups of the help, in their order. */
const groups: readonly (readonly [title: string, add: (run: Command) => void])[] = [
  ['Namespaces:', addNamespaceSwitches],
  ['Users and groups:', addMapSwitches],
  ['File system, in the order of the switches:', addMountSwitches],
  ['Rights:', addRightsSwitches],
  ['Scheduling:', addSchedulingSwitches],
  ['Init, signals and terminal:', addInitSwitches],
  ['Options:', addOthers],
];

/** Adds the subcommand `namespawn run`. */
export function addRun(program: Command): void {
  const run = program
    .command('run')
    .description('run a command in new namespaces')
    .usage('[options] -- COMMAND [ARG...]')
    .argument('[command]', 'the command, which is looked up along PATH inside')
    .argument('[args...]', 'its arguments')
    .passThroughOptions();
  for (const [title, add] of groups) {
    run.optionsGroup(title);
    add(run);
  }
  run
    .addHelpText(
      'after',
      `
Without a type, a pid and a mnt namespace are created. For a user without CAP_SYS_ADMIN, a user namespace is created as well.

--TYPE=FILE keeps the namespace by a mount on FILE before the command starts, as unshare(1) does: nsenter(1) and namespawn enter open it
there, until umount(8). A FILE that is missing is created. If the command cannot be started, the namespace is not kept.

A RANGE is INSIDE:OUTSIDE:COUNT; 'auto' for the first range that /etc/subuid (/etc/subgid) gives to the caller, from 0 on; or 'all' for all
ids as themselves. A caller whose own id is not mapped runs as the first id.

The switches of the file system are those of bwrap(1), but the root is that of the host: begin with --root empty, or with --bind SRC /.

--config FILE has options of spawnInNamespace, and "command" and "args": docs/coming-from.md. Switches go over it; types, mounts and fields of
"init" are added to it; a command of the command line replaces both.

Exit status: that of the command; 128+n if signal n ended it; 127 if it was not found; 126 if it could not be executed; 125 if the
namespaces could not be created.

The command inherits the descriptors of this process, up to number 252.

Signals that this process or nsinit receives are forwarded to the command, with these exceptions: TTIN and TTOU stop this process, and TSTP
stops it with the command, as the shell that waits for it expects. PIPE, PROF and the signals of a fault (such as SEGV) are not forwarded.
Real-time signals must be sent to nsinit, because Node cannot receive them; -v prints the PID of nsinit.`,
    )
    .action((word: string | undefined, words: string[], switches: Switches) => {
      const config = switches.config === undefined ? undefined : readConfig(switches.config);
      const command = word ?? config?.command;
      if (command === undefined) throw new UsageError("missing required argument 'command'");
      const args = word === undefined ? config!.args : words;
      const files = filesOf(switches);
      const {options, wording} = toOptions(switches, files, config);
      runCommand(command, args, options, switches, files.size === 0 ? undefined : files, wording);
    });
}

function addOthers(run: Command): void {
  run
    .option('--config <file>', "read options of the library from a JSON file, or from standard input ('-')")
    .option('-v, --verbose', 'print each step on standard error');
}

/** Returns the options of the file of --config, over which those of the switches go. */
function toOptions(
  switches: Switches,
  files: NamespaceFiles,
  config: Config | undefined,
): {options: SpawnOptions; wording: Wording} {
  const before = config?.options ?? {};
  const maps = toMaps(switches);
  const needsUser = maps.uidMap !== undefined || switches.setgroups !== undefined;
  const {mountWords, ...fileSystem} = toFileSystem(switches, before, config?.file);
  const given = definedOnly<SpawnOptions>({
    ...toNamespaces(switches, files, before, needsUser),
    ...maps,
    ...fileSystem,
    ...toScheduling(switches),
    setgroups: switches.setgroups,
    init: toInit(switches, before.init),
  });
  const rights = definedOnly(toRights(switches, {...before, ...given}));
  const names = new Set(Object.keys(before).filter(name => !Object.hasOwn({...given, ...rights}, name)));
  return {
    options: {...before, ...given, ...rights},
    wording: {mounts: mountWords, config: config && {file: config.file, names}},
  };
}

function definedOnly<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options;
}
