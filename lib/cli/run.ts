// namespawn run: runs a command in new namespaces, as unshare(1) does.
import path from 'node:path';
import {type Command, Option} from 'commander';
import {type NamespaceType, namespaceTypes} from '../shared/namespace-types.js';
import type {NamespaceFiles} from '../start/channel/keeper.js';
import type {SpawnOptions} from '../start/options/spawn-options.js';
import {type MapSwitches, parseRange, toMaps} from './id-maps.js';
import {addFileOption} from './optional-files.js';
import {parseNumber, parseOffset} from './output.js';
import {addDieWithParent} from './parent.js';
import {runCommand} from './run-command.js';
import {readFilter} from './seccomp.js';
import {toSignals} from './signals.js';
import {UsageError} from './words.js';

interface Switches extends Partial<Record<NamespaceType, boolean>>, MapSwitches, Record<string, unknown> {
  all?: boolean;
  hostname?: string;
  setgroups?: 'allow' | 'deny';
  propagation?: SpawnOptions['propagation'];
  monotonic?: number;
  boottime?: number;
  keepCaps?: boolean;
  init: boolean;
  waitAll?: boolean;
  grace?: number;
  pty?: boolean;
  setPid?: number;
  forward?: number[];
  seccomp?: string[];
  verbose?: boolean;
}

/** Adds the subcommand `namespawn run`. */
export function addRun(program: Command): void {
  const run = program
    .command('run')
    .description('run a command in new namespaces')
    .usage('[options] -- COMMAND [ARG...]')
    .argument('<command>', 'the command, which is looked up along PATH inside')
    .argument('[args...]', 'its arguments')
    .passThroughOptions();
  for (const type of namespaceTypes) {
    run.option(`--${type}`, `create a new ${type} namespace; --${type}=FILE: and keep it on a file`);
    addFileOption(run, type);
  }
  run.option('--all', 'create new namespaces of all eight types');
  addMapSwitches(run);
  run
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
    .option('--keep-caps', 'let the command keep the capabilities of its user namespace, also if it is not user 0')
    .option('--no-init', 'run the command as PID 1, instead of nsinit')
    .option('--wait-all', 'wait until the last process has ended, and not only the command')
    .option('--grace <ms>', 'send SIGKILL this many milliseconds after a SIGTERM, SIGINT or SIGHUP', parseNumber)
    .option('--pty', 'give the command its own pseudo-terminal, and connect this terminal with it')
    .option('--set-pid <pid>', 'give the command this PID inside', parseNumber)
    .option(
      '--forward <signals>',
      'forward only these signals to the command, for example TERM,INT,RTMIN+1,10. Default: all',
      toSignals,
    )
    .option(
      '--seccomp <file>',
      "filter the system calls of the command: 'default', a profile in the JSON of the OCI, or a program. Can be given several times",
      (file: string, others: string[] = []) => [...others, file],
    )
    .option('-v, --verbose', 'print each step on standard error');
  addDieWithParent(run);
  run
    .addHelpText(
      'after',
      `
Without a type, a pid and a mnt namespace are created. For a user without CAP_SYS_ADMIN, a user namespace is created as well.

--TYPE=FILE keeps the namespace by a mount on FILE before the command starts, as unshare(1) does: nsenter(1) and namespawn enter open it
there, until umount(8). A FILE that is missing is created. If the command cannot be started, the namespace is not kept.

A RANGE is INSIDE:OUTSIDE:COUNT; 'auto' for the first range that /etc/subuid (/etc/subgid) gives to the caller, from 0 on; or 'all' for all
ids as themselves. A caller whose own id is not mapped runs as the first id.

Exit status: that of the command; 128+n if signal n ended it; 127 if it was not found; 126 if it could not be executed; 125 if the
namespaces could not be created.

The command inherits the descriptors of this process, up to number 252.

Signals that this process or nsinit receives are forwarded to the command, with these exceptions: TTIN and TTOU stop this process, and TSTP
stops it with the command, as the shell that waits for it expects. PIPE, PROF and the signals of a fault (such as SEGV) are not forwarded.
Real-time signals must be sent to nsinit, because Node cannot receive them; -v prints the PID of nsinit.`,
    )
    .action((command: string, args: string[], switches: Switches) => {
      const files = filesOf(switches);
      runCommand(command, args, toOptions(switches, files), switches, files.size === 0 ? undefined : files);
    });
}

function addMapSwitches(run: Command): void {
  run
    .option('--map-root', 'create a user namespace in which the caller is root (uid 0)')
    .option(
      '--map-auto',
      'create a user namespace with the subordinate ids of the caller: --map-users and --map-groups auto',
    )
    .option('--map-users <range>', 'map these users in a new user namespace. Can be repeated', parseRange)
    .option('--map-groups <range>', 'map these groups in a new user namespace. Can be repeated', parseRange)
    .addOption(
      new Option('--setgroups <mode>', 'whether setgroups(2) works in a new user namespace').choices(['allow', 'deny']),
    );
}

/** Returns the files of --TYPE=FILE. */
function filesOf(switches: Switches): NamespaceFiles {
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

function toOptions(switches: Switches, files: NamespaceFiles): SpawnOptions {
  const types = new Set(namespaceTypes.filter(type => switches.all || switches[type] || files.has(type)));
  if (types.size === 0) {
    types.add('pid');
    types.add('mnt');
  }
  const {hostname, setgroups, propagation, monotonic, boottime, waitAll, forward, setPid, seccomp} = switches;
  const maps = toMaps(switches);
  if (hostname !== undefined) types.add('uts');
  if (propagation !== undefined) types.add('mnt');
  if (maps.uidMap !== undefined || setgroups !== undefined) types.add('user');
  if (monotonic !== undefined || boottime !== undefined) types.add('time');
  const init = {
    ...(waitAll ? {waitForAll: true} : {}),
    ...(forward ? {forwardSignals: forward} : {}),
  };
  return {
    namespaces: [...types],
    init: switches.init && Object.keys(init).length > 0 ? init : switches.init,
    namespacePid: setPid,
    hostname,
    setgroups,
    propagation,
    ...(types.has('time') ? {timeOffsets: {...given('monotonic', monotonic), ...given('boottime', boottime)}} : {}),
    capabilities: switches.keepCaps ? 'all' : undefined,
    seccomp: seccomp?.map(readFilter),
    ...maps,
  };
}

function given(name: 'monotonic' | 'boottime', seconds: number | undefined): {[clock: string]: number} {
  return seconds === undefined ? {} : {[name]: seconds};
}
