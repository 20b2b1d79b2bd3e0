// namespawn run: a command in new namespaces, at the terminal.
import {constants} from 'node:os';
import {type Command, InvalidArgumentError} from 'commander';
import {type NamespaceType, namespaceTypes} from '../namespace-types.js';
import {native} from '../native.js';
import {own} from '../options/own.js';
import type {SpawnOptions} from '../options/spawn-options.js';
import type {NamespacedProcess} from '../process/namespaced-process.js';
import type {PseudoTerminal} from '../process/pseudo-terminal.js';
import {spawnInNamespace} from '../spawn.js';
import {forwardSignals, toSignals} from './signals.js';

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
  verbose?: boolean;
}

/** Adds the subcommand. */
export function addRun(program: Command): void {
  const run = program
    .command('run')
    .description('run a command in new namespaces')
    .usage('[options] -- COMMAND [ARG...]')
    .argument('<command>', 'the command, looked up along PATH inside')
    .argument('[args...]', 'its arguments')
    .passThroughOptions();
  for (const type of namespaceTypes) run.option(`--${type}`, `a new ${type} namespace`);
  run
    .option('--all', 'new namespaces of all eight types')
    .option('--map-root', 'be root inside: a user namespace in which the caller is 0')
    .option('--hostname <name>', 'the host name inside; implies --uts')
    .option('--no-init', 'the command is PID 1 itself, instead of nsinit')
    .option('--wait-all', 'stay until the last process is gone, and not only the command')
    .option('--grace <ms>', 'after a SIGTERM, SIGINT or SIGHUP: the milliseconds until SIGKILL', toNumber)
    .option('--pty', 'give the command a terminal of its own, and this one passes on to it')
    .option('--set-pid <pid>', "the command's PID inside", toNumber)
    .option(
      '--forward <signals>',
      'which signals go on to the command: TERM,INT,RTMIN+1,10,... Default: all',
      toSignals,
    )
    .option('-v, --verbose', 'tell each step')
    .addHelpText(
      'after',
      `
Without a type it makes a pid and a mnt namespace. An ordinary user gets a user namespace as well.

Exit status: the command's own, 128+n when signal n ended it, 127 when it was not found, 126 when it could not be executed,
125 when the namespaces could not be made.

Signals that this process gets, or the init, go on to the command. But those that stop a job (TSTP, TTIN, TTOU) stop this process, as
the shell that waits for it expects; PIPE and those of a fault are this process's own; and real-time signals reach the command
by way of the init alone, whose PID -v tells.`,
    )
    .action((command: string, args: string[], switches: Switches) => {
      runCommand(command, args, switches);
    });
}

function toNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('It must be a whole number.');
  return number;
}

function toOptions(switches: Switches): SpawnOptions {
  const types = new Set(namespaceTypes.filter(type => switches.all || switches[type]));
  if (types.size === 0) {
    types.add('pid');
    types.add('mnt');
  }
  if (switches.hostname !== undefined) types.add('uts');
  if (switches.mapRoot) types.add('user');
  const {waitAll, forward} = switches;
  const init = {
    ...(waitAll ? {waitForAll: true} : {}),
    ...(forward ? {forwardSignals: forward} : {}),
  };
  return {
    namespaces: [...types],
    ...(switches.pty ? {pty: terminalSize()} : {stdio: 'inherit'}),
    init: switches.init && Object.keys(init).length > 0 ? init : switches.init,
    ...(switches.setPid === undefined ? {} : {namespacePid: switches.setPid}),
    ...(switches.hostname === undefined ? {} : {hostname: switches.hostname}),
    ...(switches.mapRoot ? {uidMap: 'root'} : {}),
  };
}

function runCommand(command: string, args: string[], switches: Switches): void {
  const restoreTerminal = saveTerminal();
  // Before there is a command that can ask for one: a signal that nobody heeds would end this process. None is handled before
  // this function has returned.
  forwardSignals(() => child, switches);
  const child = spawnInNamespace(command, args, toOptions(switches));
  if (switches.verbose) narrate(child);
  if (child.pty !== undefined) passTerminalOn(child.pty);
  let failure: NodeJS.ErrnoException | undefined;
  child.on('error', (error: NodeJS.ErrnoException) => {
    failure = error;
  });
  child.on('close', (code: number | null, signal: NodeJS.Signals | null) => {
    restoreTerminal();
    if (failure !== undefined) console.error(`namespawn: ${failure.message}`);
    process.exitCode = failure === undefined ? statusOf(code, signal) : statusOfFailure(failure);
  });
}

/** As shells, env(1) and tini have it. */
function statusOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : (constants.signals[signal] ?? 0));
}

function statusOfFailure({code, syscall = '', step}: NodeJS.ErrnoException & {step?: string}): number {
  if (!syscall.startsWith('spawn ') || step !== undefined) return 125;
  return code === 'ENOENT' || code === 'ENOTDIR' ? 127 : 126;
}

/** Tells each step on stderr. */
function narrate(child: NamespacedProcess): void {
  const tell = (text: string): void => console.error(`namespawn: ${text}`);
  tell(`this process is ${process.pid}`);
  if (child.pid !== undefined) tell(`nsinit is ${child.pid}, as seen from here`);
  child.once('spawn', () => {
    for (const [type, id] of Object.entries(child.namespaces)) tell(`made the ${type} namespace ${type}:[${id}]`);
    tell(`executed ${child.spawnargs.join(' ')}`);
    tell(`it is ${child.hostPid} as seen from here, and ${child.namespacePid} inside`);
  });
  child.once('exit', (code: number | null, signal: string | null) => {
    tell(code === null ? `it was killed by ${signal}` : `it exited with ${code}`);
  });
  child.once('close', () => tell('nothing of it is left'));
}

function terminalSize(): {cols: number; rows: number; name: string} {
  // Undefined where it is no terminal, 0 where the terminal does not know.
  const {columns, rows} = process.stdout;
  return {cols: columns || 80, rows: rows || 24, name: process.env.TERM ?? 'xterm-256color'};
}

/** This process's terminal becomes the window on the command's. */
function passTerminalOn(pty: PseudoTerminal): void {
  const {stdin, stdout} = process;
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.pipe(pty);
  // A window that closes is a hang-up for what runs in it, and no failure of this program.
  stdout.on('error', () => pty.destroy());
  stdin.on('error', () => {});
  // The window stays open when the command's terminal is gone.
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

/** Answers what puts the terminal back: a shell inside makes its own process group the foreground one, and leaves it so. */
function saveTerminal(): () => void {
  const fd = [0, 1, 2].find(number => native().isTerminal(number));
  if (fd === undefined) return () => {};
  const settings = native().terminalSettings(fd);
  return () => {
    native().takeForeground(fd);
    if (settings !== undefined) native().setTerminalSettings(fd, settings);
  };
}
