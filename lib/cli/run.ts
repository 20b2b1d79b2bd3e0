// namespawn run: runs a command in new namespaces.
import {constants} from 'node:os';
import type {Command} from 'commander';
import type {PtyOptions} from '../features/terminal.js';
import {type NamespaceType, namespaceTypes} from '../shared/namespace-types.js';
import {native} from '../shared/native.js';
import {own} from '../shared/own.js';
import type {SpawnOptions} from '../start/options/spawn-options.js';
import type {NamespacedProcess} from '../start/process/namespaced-process.js';
import type {PseudoTerminal} from '../start/process/pseudo-terminal.js';
import {spawnInNamespace} from '../start/spawn.js';
import {inheritedDescriptors} from './inherited.js';
import {canBeJob, stopWith} from './job.js';
import {exitWith, parseNumber} from './output.js';
import {addDieWithParent, dieWithParent} from './parent.js';
import {readFilter} from './seccomp.js';
import {forwardSignals, toSignals} from './signals.js';
import {describeError, usageStatus} from './words.js';

interface Switches extends Partial<Record<NamespaceType, boolean>> {
  all?: boolean;
  mapRoot?: boolean;
  hostname?: string;
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
  for (const type of namespaceTypes) run.option(`--${type}`, `create a new ${type} namespace`);
  run
    .option('--all', 'create new namespaces of all eight types')
    .option('--map-root', 'create a user namespace in which the caller is root (uid 0)')
    .option('--hostname <name>', 'set the host name inside; implies --uts')
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

Exit status: that of the command; 128+n if signal n ended it; 127 if it was not found; 126 if it could not be executed; 125 if the
namespaces could not be created.

The command inherits the descriptors of this process, up to number 252.

Signals that this process or nsinit receives are forwarded to the command, with these exceptions: TTIN and TTOU stop this process, and TSTP
stops it with the command, as the shell that waits for it expects. PIPE, PROF and the signals of a fault (such as SEGV) are not forwarded.
Real-time signals must be sent to nsinit, because Node cannot receive them; -v prints the PID of nsinit.`,
    )
    .action((command: string, args: string[], switches: Switches) => {
      runCommand(command, args, toOptions(switches), switches);
    });
}

function toOptions(switches: Switches): SpawnOptions {
  const types = new Set(namespaceTypes.filter(type => switches.all || switches[type]));
  if (types.size === 0) {
    types.add('pid');
    types.add('mnt');
  }
  if (switches.hostname !== undefined) types.add('uts');
  if (switches.mapRoot) types.add('user');
  const {waitAll, forward, seccomp} = switches;
  const init = {
    ...(waitAll ? {waitForAll: true} : {}),
    ...(forward ? {forwardSignals: forward} : {}),
  };
  return {
    namespaces: [...types],
    init: switches.init && Object.keys(init).length > 0 ? init : switches.init,
    ...(switches.setPid === undefined ? {} : {namespacePid: switches.setPid}),
    ...(switches.hostname === undefined ? {} : {hostname: switches.hostname}),
    ...(switches.mapRoot ? {uidMap: 'root'} : {}),
    ...(seccomp === undefined ? {} : {seccomp: seccomp.map(readFilter)}),
  };
}

/** What `run` and `enter` have in common. */
interface Shown {
  dieWithParent?: boolean;
  pty?: boolean;
  verbose?: boolean;
  grace?: number;
}

/** Runs a command with this process's standard streams, and exits as it does. */
export function runCommand(command: string, args: string[], options: SpawnOptions, switches: Shown): void {
  if (switches.dieWithParent) dieWithParent();
  const isJob = !switches.pty && canBeJob();
  const restoreTerminal = saveTerminal();
  // The listeners are added before the command is spawned, because a signal without a listener would end this process. Node calls no
  // listener before this function has returned, so `child` is set by then.
  forwardSignals(() => child, {...switches, isJob});
  const job = stopWith(() => child, isJob);
  const streams: SpawnOptions = switches.pty
    ? {pty: terminalOptions(), stdio: withInherited(undefined)}
    : {stdio: withInherited('inherit'), ...(isJob ? {foreground: true} : {})};
  const child = spawnInNamespace(command, args, {...options, ...streams});
  if (switches.verbose) narrate(child);
  if (child.pty !== undefined) passTerminalOn(child.pty);
  let failure: NodeJS.ErrnoException | undefined;
  child.on('error', (error: NodeJS.ErrnoException) => {
    failure = error;
  });
  child.on('close', (code: number | null, signal: NodeJS.Signals | null) => {
    restoreTerminal(job.isInBackground);
    if (failure !== undefined) console.error(`namespawn: ${describeError(failure)}`);
    exitWith(failure === undefined ? statusOf(code, signal) : statusOfFailure(failure));
  });
}

/** Returns the option `stdio` with descriptors 0 to 2 of a kind, and those above that this process has inherited. */
function withInherited(kind: 'inherit' | undefined): ('inherit' | 'ignore' | undefined)[] {
  const count = Math.min((inheritedDescriptors.at(-1) ?? 2) + 1, native().protocol.descriptorsMax);
  return Array.from({length: count}, (_, fd) =>
    fd < 3 ? kind : inheritedDescriptors.includes(fd) ? 'inherit' : 'ignore',
  );
}

/** Returns the exit status in the convention of shells and env(1): 128 + n for a command that was ended by signal n. */
function statusOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : (constants.signals[signal] ?? 0));
}

function statusOfFailure({code, syscall = '', step}: NodeJS.ErrnoException & {step?: string}): number {
  if (!syscall.startsWith('spawn ') || step !== undefined) return usageStatus;
  return code === 'ENOENT' || code === 'ENOTDIR' ? 127 : 126;
}

/** Prints each step on standard error. */
function narrate(child: NamespacedProcess): void {
  const print = (text: string): void => console.error(`namespawn: ${text}`);
  print(`this process is ${process.pid}`);
  if (child.pid !== undefined) print(`nsinit is ${child.pid}, as seen from here`);
  child.once('spawn', () => {
    for (const [type, id] of Object.entries(child.namespaces)) print(`made the ${type} namespace ${type}:[${id}]`);
    print(`executed ${child.spawnargs.join(' ')}`);
    print(`it is ${child.hostPid} as seen from here, and ${child.namespacePid} inside`);
  });
  child.once('exit', (code: number | null, signal: string | null) => {
    print(code === null ? `it was killed by ${signal}` : `it exited with ${code}`);
  });
  child.once('close', () => print('nothing of it is left'));
}

/**
 * Returns the options of the command's terminal. It starts with the settings of this terminal, from which typed input is passed on
 * unchanged.
 */
function terminalOptions(): PtyOptions {
  return {...terminalSize(), settingsOf: ownTerminal()};
}

/** Returns the first of this process's standard streams that is a terminal, or undefined. */
function ownTerminal(): number | undefined {
  return [0, 1, 2].find(number => native().isTerminal(number));
}

function terminalSize(): {cols: number; rows: number; name: string} {
  // The size is undefined where standard output is no terminal, and 0 where the terminal does not report a size.
  const {columns, rows} = process.stdout;
  return {cols: columns || 80, rows: rows || 24, name: process.env.TERM ?? 'xterm-256color'};
}

/** Connects this process's terminal with the command's: input, output and size are passed on. */
function passTerminalOn(pty: PseudoTerminal): void {
  const {stdin, stdout} = process;
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.pipe(pty);
  // When this terminal is closed, the command's terminal is hung up. That is no failure of this program.
  stdout.on('error', () => pty.destroy());
  stdin.on('error', () => {});
  // Standard output stays open after the command's terminal has been closed.
  pty.pipe(stdout, own({end: false}));
  pty.on('close', () => {
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.unpipe(pty);
    stdin.destroy();
  });
  stdout.on('resize', () => {
    const {cols, rows} = terminalSize();
    pty.resize(cols, rows);
  });
}

/**
 * Returns a function that restores the terminal's settings and its foreground process group. A shell makes its own process group the
 * foreground one, and does not restore the previous one when it ends.
 */
function saveTerminal(): (isInBackground: boolean) => void {
  const fd = ownTerminal();
  if (fd === undefined) return () => {};
  const settings = native().terminalSettings(fd);
  return isInBackground => {
    if (isInBackground) return;
    native().takeForeground(fd);
    if (settings !== undefined) native().setTerminalSettings(fd, settings);
  };
}
