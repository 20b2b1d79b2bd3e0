// namespawn enter: runs a command in namespaces that exist, as nsenter(1) does.
import type {Command} from 'commander';
import {type NamespaceType, namespaceTypes} from '../shared/namespace-types.js';
import {type NamespaceReference, processKey} from '../shared/source.js';
import type {SpawnOptions} from '../start/options/spawn-options.js';
import {addFileOption} from './optional-files.js';
import {parseNumber} from './output.js';
import {addDieWithParent} from './parent.js';
import {runCommand} from './run-command.js';
import {UsageError} from './words.js';

/** The names and letters that nsenter has for the types. */
const switchesOfTypes: Readonly<Record<NamespaceType, readonly [letter: string, name: string]>> = {
  mnt: ['m', 'mount'],
  uts: ['u', 'uts'],
  ipc: ['i', 'ipc'],
  net: ['n', 'net'],
  pid: ['p', 'pid'],
  user: ['U', 'user'],
  cgroup: ['C', 'cgroup'],
  time: ['T', 'time'],
};
const directories = ['root', 'wd'];

interface Switches extends Record<string, unknown> {
  target?: number;
  all?: boolean;
  root?: boolean;
  rootFile?: string;
  wd?: boolean;
  wdFile?: string;
  wdns?: string;
  setuid?: number;
  setgid?: number;
  preserveCredentials?: boolean;
  env?: boolean;
  keepCaps?: boolean;
  /** False for --no-fork. */
  fork: boolean;
  pty?: boolean;
  verbose?: boolean;
}

/** Adds the subcommand `namespawn enter`. */
export function addEnter(program: Command): void {
  const enter = program
    .command('enter')
    .description('run a command in namespaces that exist')
    .usage('(-t PID | --TYPE=FILE...) [options] [-- COMMAND [ARG...]]')
    .argument('[command]', 'the command, which is looked up along PATH inside. Default: $SHELL, or /bin/sh')
    .argument('[args...]', 'its arguments')
    .passThroughOptions()
    .option('-t, --target <pid>', 'the process whose namespaces to enter', parseNumber)
    .option('-a, --all', 'enter all namespaces of the process');
  for (const type of namespaceTypes) {
    const [letter, name] = switchesOfTypes[type];
    enter.option(`-${letter}, --${name}`, `enter its ${type} namespace; --${name}=FILE: the one of a file`);
    addFileOption(enter, name);
  }
  enter
    .option('-r, --root', 'take over its root directory; --root=DIR: the directory DIR inside')
    .option('-w, --wd', 'take over its working directory; --wd=DIR: the directory DIR inside')
    .option('-W, --wdns <dir>', 'the same as --wd=DIR')
    .option('-S, --setuid <uid>', 'run as this user. Default: 0 in a user namespace that is entered', parseNumber)
    .option('-G, --setgid <gid>', 'run as this group, without supplementary groups', parseNumber)
    .option('--preserve-credentials', 'keep the ids in a user namespace that is entered')
    .option('-e, --env', 'take over its environment')
    .option('--keep-caps', 'let the command keep the capabilities of its user namespace, also if it is not user 0')
    .option(
      '-F, --no-fork',
      'stay outside of a PID namespace that is entered; only the children of the command are in it',
    )
    .option('--pty', 'give the command its own pseudo-terminal, and connect this terminal with it')
    .option('-v, --verbose', 'print each step on standard error');
  addDieWithParent(enter);
  enter
    .addHelpText(
      'after',
      `
The command is a member of the PID namespace that is entered, and ends with this process. Descriptors and exit
status: as for namespawn run.`,
    )
    .action((command: string | undefined, args: string[], switches: Switches) => {
      const file = command ?? (process.env.SHELL || '/bin/sh');
      runCommand(file, args, toOptions(switches), switches);
    });
  for (const name of directories) addFileOption(enter, name);
}

function toOptions(switches: Switches): SpawnOptions {
  const {target, setuid, setgid, preserveCredentials, env, keepCaps, fork} = switches;
  const wanted = namespaceTypes.filter(type => switches.all || switches[switchesOfTypes[type][1]]);
  const needsTarget = wanted.length > 0 || switches.root || switches.wd || env;
  if (needsTarget && target === undefined) throw new UsageError('a process is needed: -t PID');
  // The root of a process can be taken over without any of its namespaces.
  const namespaces: Partial<Record<NamespaceType, NamespaceReference>> & {[processKey]?: number} = {};
  if (target !== undefined) {
    namespaces[processKey] = target;
    for (const type of wanted) namespaces[type] = target;
  }
  for (const type of namespaceTypes) {
    const file = switches[`${switchesOfTypes[type][1]}File`];
    if (file === '') throw new UsageError(`--${switchesOfTypes[type][1]}= needs a file`);
    if (typeof file === 'string') namespaces[type] = file.startsWith('/') ? file : `${process.cwd()}/${file}`;
  }
  const join = {
    root: switches.rootFile ?? switches.root,
    cwd: switches.wdns ?? switches.wdFile ?? switches.wd,
    env,
    credentials: preserveCredentials,
    fork,
  };
  return {
    namespaces,
    join,
    uid: setuid,
    gid: setgid,
    capabilities: keepCaps ? 'all' : undefined,
  };
}
