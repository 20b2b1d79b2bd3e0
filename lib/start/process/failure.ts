// Turns a failure that was reported into an error that names the option that it belongs to.

import {NamespaceError} from '../../errors/errors.js';
import {hintFor} from '../../errors/hints.js';
import {errnoName} from '../../shared/errno.js';
import {EBADF, EIO, ESRCH} from '../../shared/kernel.js';
import type {NamespaceType} from '../../shared/namespace-types.js';
import {native} from '../../shared/native.js';
import {own} from '../../shared/own.js';
import type {Failure} from '../channel/launch-events.js';
import type {Step} from '../plan/writer.js';

/** The command, for the fields that the errors of child_process have. */
export interface CommandLine {
  file: string;
  argv: readonly string[];
  /** The types of the namespaces that were to be created. */
  namespaces: Iterable<NamespaceType>;
}

// The names that users see for the steps of the launch that Node takes, by the names of NSINIT_NODE_STEPS.
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
  PLAN: 'channel',
  KEEP: 'persist',
};

function nodeStep(operation: number): string {
  const entry = Object.entries(native().protocol.nodeSteps).find(([, value]) => value === operation);
  return nodeSteps[entry?.[0] ?? ''] ?? 'init';
}

/** The steps of the parts of a plan. */
export interface PlanSteps {
  setup: readonly Step[];
  command: readonly Step[];
  /** The step of nsinit's clone of the command, which an option may have made a special one. */
  clone: Step;
  /** The step of sending the plan. It names the descriptor that is not open. */
  send?: Step | undefined;
}

function stepOf({stage, operation}: Failure, steps: PlanSteps): Step {
  const {setup, command, clone, send} = own(steps);
  if (stage === 'NODE') {
    const step = nodeStep(operation);
    if (step === send?.step) return send;
    const noted = setup.find(known => own(known).step === step && own(known).findIndex !== undefined);
    return {...noted, step};
  }
  if (stage === 'SETUP') return setup[operation] ?? {step: 'init'};
  if (stage === 'COMMAND') return command[operation] ?? {step: 'command'};
  if (stage === 'CLONE') return clone;
  return {step: 'init'};
}

/** Returns the error for a failure of a set-up or of a command. */
export function errorOf(failure: Failure, steps: PlanSteps, line: CommandLine): NodeJS.ErrnoException {
  const {errno, syscall} = failure;
  const {step, index, findIndex, path = own(failure).path, ids} = own(stepOf(failure, steps));
  // A process for it that cannot be started is no fault of the command.
  if (step === 'command' && failure.stage !== 'CLONE') return executionError(errno, line);
  if (step === 'cwd') return directoryError(errno, line, path!);
  return new NamespaceError({
    errno,
    syscall,
    step,
    index: index ?? findIndex?.(errno),
    path,
    hint: hintFor({step, code: errnoName(errno), syscall, path, namespaces: line.namespaces, ids}),
  });
}

/** Returns an error with the same fields as that of child_process. */
function executionError(errno: number, {file, argv}: CommandLine): NodeJS.ErrnoException {
  const code = errnoName(errno);
  const error = new Error(`spawn ${file} ${code}`);
  return Object.assign(error, {errno, code, syscall: `spawn ${file}`, path: file, spawnargs: argv.slice(1)});
}

// child_process reports ENOENT as if the command did not exist. This error names the directory.
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

/** Describes in a few words how nsinit has ended. */
export function describeEnd(signal: NodeJS.Signals | null): string {
  if (signal === null) return 'it was shut down';
  return signal === 'SIGKILL' ? 'somebody killed it' : `${signal}, which is what reboot(2) inside does`;
}

/** Returns the error of a command whose sandbox has ended. */
export function initEnded(how: string): NamespaceError {
  return initGone(`The sandbox's init has ended (${how}), and every process in it`, 'this one is gone with its init');
}

/** Returns whether an error says that the kernel has refused every way to end a command. */
export function isUnkillable(error: unknown): boolean {
  return error instanceof NamespaceError && error.step === nodeSteps.KILL;
}

/** Returns the error of an nsinit that has ended because a system call failed that it cannot do without, and that could not report which. */
export function initBroken(): NamespaceError {
  return new NamespaceError({errno: EIO, step: 'init'}, 'The init has ended: the kernel refuses a call of its own');
}

/** Returns whether the kernel has refused a call by which Node determines what a pipe is, or opens it, in order to create a stream. */
export function isRefusal(error: unknown): error is NodeJS.ErrnoException {
  const {code, errno, syscall} = (error ?? {}) as NodeJS.ErrnoException;
  return code === 'ERR_INVALID_FD_TYPE' || (syscall === 'open' && typeof errno === 'number');
}

/** Returns the error of a command for which no stream could be created. */
export function streamRefused({errno = EBADF, syscall = 'fstat'}: NodeJS.ErrnoException): NamespaceError {
  return new NamespaceError({errno, syscall, step: 'stdio'});
}

/** Returns the error of a command for a sandbox that is being closed. */
export function initEnding(): NamespaceError {
  return initGone('The sandbox takes no more commands', 'this one is being closed');
}

function initGone(message: string, why: string): NamespaceError {
  return new NamespaceError({errno: ESRCH, step: 'init', hint: `Make a new sandbox: ${why}`}, message);
}
