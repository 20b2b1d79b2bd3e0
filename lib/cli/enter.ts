// namespawn enter: runs a command in namespaces that exist, as nsenter(1) does.
import type {Command} from 'commander';
import {type NamespaceType, namespaceTypes} from '../shared/namespace-types.js';
import {type NamespaceReference, processKey} from '../shared/source.js';
import type {SpawnOptions} from '../start/options/spawn-options.js';
import {parseNumber} from './output.js';
import {addDieWithParent} from './parent.js';
import {runCommand} from './run.js';
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
const directories: Readonly<Record<string, string>> = {r: 'root', w: 'wd'};

interface Switches extends Record<string, unknown> {
  target?: number;
  all?: boolean;
  root?: boolean;
  rootFile?: string;
  wd?: boolean;
  wdFile?: string;
  setuid?: number;
  setgid?: number;
  preserveCredentials?: boolean;
  env?: boolean;
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
    enter.option(`--${name}-file <file>`).options.at(-1)!.hideHelp();
  }
  enter
    .option('-r, --root', 'take over its root directory; --root=DIR: the directory DIR inside')
    .option('-w, --wd', 'take over its working directory; --wd=DIR: the directory DIR inside')
    .option('-S, --setuid <uid>', 'run as this user. Default: 0 in a user namespace that is entered', parseNumber)
    .option('-G, --setgid <gid>', 'run as this group, without supplementary groups', parseNumber)
    .option('--preserve-credentials', 'keep the ids in a user namespace that is entered')
    .option('-e, --env', 'take over its environment')
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
  for (const name of Object.values(directories)) enter.option(`--${name}-file <file>`).options.at(-1)!.hideHelp();
}

/**
 * Rewrites the options whose argument is optional: `--net=FILE` and `-nFILE` become `--net-file FILE`. nsenter takes an argument only in
 * these forms, so that the word behind `-n` is the command.
 */
export function separateFiles(argv: readonly string[]): string[] {
  const letters: Record<string, string> = {...directories};
  for (const [letter, name] of Object.values(switchesOfTypes)) letters[letter] = name;
  const names = new Set(Object.values(letters));
  const end = argv.indexOf('--');
  return argv.flatMap((word, index) => {
    if (end >= 0 && index >= end) return [word];
    const [, name, file] = /^--(\w+)=(.*)$/s.exec(word) ?? [];
    if (name !== undefined && names.has(name)) return [`--${name}-file`, file!];
    const [, letter = '', path] = /^-(\w)(\/.*)$/s.exec(word) ?? [];
    return letters[letter] === undefined ? [word] : [`--${letters[letter]}-file`, path!];
  });
}

function toOptions(switches: Switches): SpawnOptions {
  const {target, setuid, setgid, preserveCredentials, env} = switches;
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
    cwd: switches.wdFile ?? switches.wd,
    env,
    credentials: preserveCredentials,
  };
  return {
    namespaces,
    join,
    ...(setuid === undefined ? {} : {uid: setuid}),
    ...(setgid === undefined ? {} : {gid: setgid}),
  };
}
