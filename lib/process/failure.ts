// A reported failure -> the error that names what the user asked for.

import {constants} from 'node:os';
import type {Failure} from '../channel/launch.js';
import {errnoName} from '../errno.js';
import {NamespaceError} from '../errors.js';
import {hintFor} from '../hints.js';
import type {NamespaceType} from '../namespace-types.js';
import {native} from '../native.js';
import {own} from '../options/own.js';
import type {Step} from '../plan/writer.js';

/** What was to be executed, for the fields that child_process's errors have. */
export interface CommandLine {
  file: string;
  argv: readonly string[];
  /** The types of namespace that were asked for. */
  namespaces: Iterable<NamespaceType>;
}

// Steps on Node's side of the launch, in the users' words: by the names of NSINIT_NODE_STEPS.
const nodeSteps: Record<string, string> = {
  CHANNEL: 'channel',
  IMAGE: 'init',
  CLONE: 'namespaces',
  SEND: 'stdio',
  SETGROUPS: 'setgroups',
  GID_MAP: 'gidMap',
  UID_MAP: 'uidMap',
  CHILD_DESCRIPTORS: 'init',
  CHILD_CAPABILITIES: 'namespaces',
  CHILD_EXEC: 'init',
  KILL: 'kill',
  RECEIVE: 'channel',
};

function nodeStep(operation: number): string {
  const entry = Object.entries(native().protocol.nodeSteps).find(([, value]) => value === operation);
  return nodeSteps[entry?.[0] ?? ''] ?? 'init';
}

/** What each part of a plan was for. */
export interface PlanSteps {
  setup: readonly Step[];
  command: readonly Step[];
  /** Of the command's clone: an option may have asked for it to be special. */
  clone: Step;
  /** Of what was sent to nsinit: a descriptor that is not open. */
  send?: Step | undefined;
}

function stepOf({stage, operation}: Failure, steps: PlanSteps): Step {
  const {setup, command, clone, send} = own(steps);
  if (stage === 'NODE') {
    const step = nodeStep(operation);
    if (step === send?.step) return send;
    const noted = setup.find(known => own(known).step === step && own(known).findIndex !== undefined);
    return {step, findIndex: noted?.findIndex};
  }
  if (stage === 'SETUP') return setup[operation] ?? {step: 'init'};
  if (stage === 'COMMAND') return command[operation] ?? {step: 'command'};
  if (stage === 'CLONE') return clone;
  return {step: 'init'};
}

/** The error for a failure of a set-up or of a command. */
export function errorOf(failure: Failure, steps: PlanSteps, line: CommandLine): NodeJS.ErrnoException {
  const {errno, syscall} = failure;
  const {step, index, findIndex, path} = own(stepOf(failure, steps));
  if (step === 'command') return executionError(errno, line);
  if (step === 'cwd') return directoryError(errno, line, path!);
  return new NamespaceError({
    errno,
    syscall,
    step,
    index: index ?? findIndex?.(errno),
    path,
    namespaces: line.namespaces,
  });
}

/** As child_process has it, field by field. */
function executionError(errno: number, {file, argv}: CommandLine): NodeJS.ErrnoException {
  const code = errnoName(errno);
  const error = new Error(`spawn ${file} ${code}`);
  return Object.assign(error, {errno, code, syscall: `spawn ${file}`, path: file, spawnargs: argv.slice(1)});
}

// child_process says ENOENT as if the command were missing; this says of what.
function directoryError(errno: number, {file, argv}: CommandLine, directory: string): NodeJS.ErrnoException {
  const code = errnoName(errno);
  const hint = hintFor({step: 'cwd', code, path: directory}) ?? `the working directory cannot be entered: ${directory}`;
  return new NamespaceError(
    {
      errno,
      syscall: `spawn ${file}`,
      step: 'cwd',
      path: file,
      spawnargs: argv.slice(1),
      hint,
    },
    `spawn ${file} ${code} (cwd '${directory}')`,
  );
}

/** How nsinit has ended, in a few words. */
export function describeEnd(signal: NodeJS.Signals | null): string {
  if (signal === null) return 'it was shut down';
  return signal === 'SIGKILL' ? 'somebody killed it' : `${signal}, which is what reboot(2) inside does`;
}

/** A sandbox's nsinit has ended, and the command with it. */
export function initEnded(how: string): NamespaceError {
  return initGone(`The sandbox's init has ended (${how}), and every process in it`, 'this one is gone with its init');
}

/** Whether the kernel has refused every way to end a command. */
export function isUnkillable(error: unknown): boolean {
  return error instanceof NamespaceError && error.step === nodeSteps.KILL;
}

/** nsinit has ended since a system call failed that it cannot do without, and could not even tell which. */
export function initBroken(): NamespaceError {
  return new NamespaceError(
    {errno: -constants.errno.EIO, step: 'init'},
    'The init has ended: the kernel refuses a call of its own',
  );
}

/** Whether the system has refused Node to make a stream of a pipe: to look at what it is, or to open it. */
export function isRefusal(error: unknown): error is NodeJS.ErrnoException {
  const {code, errno, syscall} = (error ?? {}) as NodeJS.ErrnoException;
  return code === 'ERR_INVALID_FD_TYPE' || (syscall === 'open' && typeof errno === 'number');
}

/** The error for it. */
export function streamRefused({
  errno = -constants.errno.EBADF,
  syscall = 'fstat',
}: NodeJS.ErrnoException): NamespaceError {
  return new NamespaceError({errno, syscall, step: 'stdio'});
}

/** A sandbox is being closed. */
export function initEnding(): NamespaceError {
  return initGone('The sandbox takes no more commands', 'this one is being closed');
}

function initGone(message: string, why: string): NamespaceError {
  return new NamespaceError({errno: -constants.errno.ESRCH, step: 'init', hint: `Make a new sandbox: ${why}`}, message);
}
