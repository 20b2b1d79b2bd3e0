// forkInNamespace: child_process.fork with namespaces.
import {fileURLToPath} from 'node:url';
import {codedError, invalidArgType} from '../errors/errors.js';
import {resolveStdio} from '../features/descriptors.js';
import {KnownOptions, namesOf} from '../shared/known-options.js';
import {own} from '../shared/own.js';
import {isGiven, validateNoNul, validateObject} from '../shared/validate.js';
import {processOptions, spawnOptions} from './options/known.js';
import type {ProcessOptions, SpawnOptions} from './options/spawn-options.js';
import type {NamespacedProcess} from './process/namespaced-process.js';
import type {Call} from './process/start.js';
import {spawnInNamespace} from './spawn.js';

/** The options of child_process.fork that spawn does not have. */
export interface NodeOptions {
  /** The path of the Node executable that runs the module. It is looked up inside. Default: `process.execPath`. */
  execPath?: string | undefined;
  /** The arguments for Node itself. Default: `process.execArgv` without a program in it (`-e`, `-p`). */
  execArgv?: readonly string[] | undefined;
  /** Whether stdin, stdout and stderr are pipes instead of inherited. It has no effect if `stdio` is set. Default: false. */
  silent?: boolean | undefined;
}

const nodeNames = namesOf<NodeOptions>({execPath: true, execArgv: true, silent: true});
// Node's fork takes `shell` as well, and ignores it.
const forkOptions = new KnownOptions([...spawnOptions.names, ...nodeNames], {of: 'forkInNamespace()'});

/** The options of a sandbox's fork(). */
export const sandboxForkOptions = new KnownOptions([...processOptions.names, ...nodeNames], {
  elsewhere: processOptions.elsewhere,
});

/** Options of {@link forkInNamespace}. */
export interface ForkOptions extends Omit<SpawnOptions, 'shell'>, NodeOptions {}

/** Options of a sandbox's fork(). */
export interface SandboxForkOptions extends Omit<ProcessOptions, 'shell'>, NodeOptions {}

/**
 * Runs a Node module in new namespaces, with an IPC channel. It has the options and events of child_process.fork, and options for the
 * namespaces. The module and the Node executable are looked up inside.
 *
 * Privilege: as for {@link spawnInNamespace}. Linux 5.11.
 *
 * @param modulePath - the path of the module
 * @param args - the arguments for the module. Default: none
 * @param options - the options of child_process.fork, and {@link SpawnOptions}
 * @throws as {@link spawnInNamespace}
 * @throws ERR_CHILD_PROCESS_IPC_REQUIRED if `stdio` is an array without 'ipc'
 * @see namespaces(7), unix(7)
 */
export function forkInNamespace(modulePath: string | URL, options?: ForkOptions): NamespacedProcess;
export function forkInNamespace(
  modulePath: string | URL,
  args?: readonly string[] | null,
  options?: ForkOptions,
): NamespacedProcess;
export function forkInNamespace(modulePath: string | URL, args?: unknown, options?: unknown): NamespacedProcess {
  const call = forkCall(modulePath, args, options, forkOptions);
  return spawnInNamespace(call.file, call.args, call.options);
}

/**
 * Builds the command that runs the module.
 * @param known - the options of the function
 * @param defaults - those of a sandbox, for its commands
 */
export function forkCall(
  modulePath: unknown,
  args: unknown,
  options: unknown,
  known: KnownOptions,
  defaults?: ProcessOptions,
): Call {
  const path = modulePath instanceof URL ? fileURLToPath(modulePath) : modulePath;
  if (typeof path !== 'string') throw invalidArgType('modulePath', 'of type string or an instance of URL', modulePath);
  validateNoNul(path, 'modulePath');
  const [words, given] = argumentsOf(args, options, known);
  const {execPath, execArgv = ownExecArgv(), silent, ...rest} = given;
  const others = own(rest);
  return {
    file: execPath || process.execPath,
    args: [...execArgv, path, ...words],
    options: {...others, shell: false, stdio: stdioOf(withStdio(others, silent, own(defaults)), silent)},
  };
}

function argumentsOf(
  args: unknown,
  last: unknown,
  known: KnownOptions,
): [words: readonly string[], options: ForkOptions] {
  const isOmitted = typeof args === 'object' && args !== null && !Array.isArray(args);
  const given = isOmitted ? args : last;
  if (!isOmitted && args !== undefined && args !== null && !Array.isArray(args)) {
    throw invalidArgType('args', 'an instance of Array', args);
  }
  if (given === undefined || given === null) return [Array.isArray(args) ? args : [], own<ForkOptions>(undefined)];
  validateObject(given, 'options');
  const options = known.read<ForkOptions>(given);
  const {execArgv} = options;
  if (execArgv !== undefined && execArgv !== null && !Array.isArray(execArgv)) {
    throw invalidArgType('options.execArgv', 'an instance of Array', execArgv);
  }
  return [Array.isArray(args) ? args : [], own({...options, execArgv: execArgv ?? undefined})];
}

const evalSwitch = /^(-e|-p|-pe|--eval|--print)$/;

/** Returns this process's arguments for Node without a program (`-e`), because Node would run that program instead of the module. */
function ownExecArgv(): string[] {
  const {execArgv} = process;
  const index = execArgv.findLastIndex(word => evalSwitch.test(word));
  if (index < 0) return execArgv;
  // --input-type belongs to the program. Node refuses it together with a module.
  return execArgv.toSpliced(index, 2).filter(word => !word.startsWith('--input-type'));
}

/** The defaults of a sandbox are for commands with and without a channel. */
function withStdio(given: ForkOptions, silent: unknown, defaults: ProcessOptions): Pick<ForkOptions, 'stdio' | 'pty'> {
  const pty = given.pty ?? defaults.pty;
  const {stdio} = defaults;
  if (isGiven(given.stdio) || isGiven(silent) || !isGiven(stdio)) return {stdio: given.stdio, pty};
  if (!Array.isArray(stdio) || stdio.includes('ipc')) return {stdio, pty};
  return {stdio: [...stdio, ...new Array<undefined>(Math.max(0, 3 - stdio.length)), 'ipc'], pty};
}

function stdioOf({stdio, pty}: Pick<ForkOptions, 'stdio' | 'pty'>, silent: boolean | undefined): SpawnOptions['stdio'] {
  if (Array.isArray(stdio)) {
    if (stdio.includes('ipc')) return stdio;
    throw codedError(
      'ERR_CHILD_PROCESS_IPC_REQUIRED',
      "Forked processes must have an IPC channel, missing value 'ipc' in options.stdio",
    );
  }
  if (pty) return [undefined, undefined, undefined, 'ipc'];
  const word = typeof stdio === 'string' ? stdio : silent ? 'pipe' : 'inherit';
  resolveStdio(word);
  return [word, word, word, 'ipc'];
}
