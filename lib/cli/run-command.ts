// Runs a command with this process's standard streams, and exits as it does: what `run` and `enter` have in common.
import {constants} from 'node:os';
import type {PtyOptions} from '../features/terminal.js';
import {native} from '../shared/native.js';
import {own} from '../shared/own.js';
import type {NamespaceFiles} from '../start/channel/keeper.js';
import type {SpawnOptions} from '../start/options/spawn-options.js';
import type {NamespacedProcess} from '../start/process/namespaced-process.js';
import type {PseudoTerminal} from '../start/process/pseudo-terminal.js';
import {spawnKeeping} from '../start/spawn.js';
import {inheritedDescriptors} from './inherited.js';
import {canBeJob, stopWith} from './job.js';
import {exitWith} from './output.js';
import {dieWithParent} from './parent.js';
import {forwardSignals} from './signals.js';
import {describeError, UsageError, usageStatus, type Wording} from './words.js';

/** The switches that both have. */
interface Shown {
  dieWithParent?: boolean;
  pty?: boolean;
  verbose?: boolean;
  grace?: number;
}

/**
 * Runs a command.
 * @param files - on which its new namespaces are kept
 * @param wording - how errors name the options
 */
export function runCommand(
  command: string,
  args: string[],
  options: SpawnOptions,
  switches: Shown,
  files?: NamespaceFiles,
  wording?: Wording,
): void {
  if (switches.dieWithParent) dieWithParent();
  const isJob = !switches.pty && canBeJob();
  const restoreTerminal = saveTerminal();
  // The listeners are added before the command is spawned, because a signal without a listener would end this process. Node calls no
  // listener before this function has returned, so `child` is set by then.
  forwardSignals(() => child, {...switches, isJob});
  const leadsSession = switches.pty === true || !(isJob || [0, 1, 2].some(fd => native().isTerminal(fd)));
  const job = stopWith(() => child, isJob, leadsSession);
  const streams: SpawnOptions = switches.pty
    ? {pty: terminalOptions(), stdio: withInherited(undefined)}
    : {stdio: withInherited('inherit'), ...(isJob ? {foreground: true} : {})};
  const child = start(command, args, {...options, ...streams}, files, wording);
  if (switches.verbose) narrate(child);
  if (child.pty !== undefined) passTerminalOn(child.pty);
  let failure: NodeJS.ErrnoException | undefined;
  child.on('error', (error: NodeJS.ErrnoException) => {
    failure = error;
  });
  child.on('close', (code: number | null, signal: NodeJS.Signals | null) => {
    restoreTerminal(job.isInBackground);
    if (failure !== undefined) console.error(`namespawn: ${describeError(failure, wording)}`);
    exitWith(failure === undefined ? statusOf(code, signal) : statusOfFailure(failure));
  });
}

function start(
  command: string,
  args: string[],
  options: SpawnOptions,
  files: NamespaceFiles | undefined,
  wording: Wording | undefined,
): NamespacedProcess {
  try {
    return spawnKeeping(command, args, options, files);
  } catch (error) {
    throw new UsageError(describeError(error, wording));
  }
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
