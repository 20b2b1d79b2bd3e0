// What the cases of execa share.
import type {ChildProcess} from 'node:child_process';
import {fieldsOf, reasonOf} from '../case.js';

export type Execa = typeof import('execa');

/** What the cases of a version of execa work with. */
export interface Setting {
  /** The package. */
  api: Execa;
  /** Its name, by which a command of a case imports it. */
  name: string;
  /** A folder for files. */
  folder: string;
  /** The arguments by which another Node loads what this process has loaded. */
  flags: readonly string[];
}

/** Returns the child of a command: execa 9 returns it itself, and execa 10 has it as a property. */
export const childOf = (subprocess: object): ChildProcess =>
  (subprocess as {nodeChildProcess?: ChildProcess}).nodeChildProcess ?? (subprocess as ChildProcess);

const fields = [
  'failed',
  'exitCode',
  'signal',
  'signalDescription',
  'code',
  'timedOut',
  'isCanceled',
  'isGracefullyCanceled',
  'isMaxBuffer',
  'isTerminated',
  'isForcefullyTerminated',
  'shortMessage',
  'originalMessage',
  'stdout',
  'stderr',
  'all',
  'ipcOutput',
];

/** Returns what a result or an error of execa says, without its times. */
export async function outcome(subprocess: PromiseLike<unknown>): Promise<unknown> {
  const result = await reasonOf(subprocess);
  const shown = fieldsOf(result, fields);
  if (Array.isArray(shown.ipcOutput) && shown.ipcOutput.length === 0) delete shown.ipcOutput;
  const cause = (result as {cause?: unknown}).cause;
  return cause === undefined
    ? shown
    : {...shown, cause: fieldsOf(cause, ['name', 'code', 'message', 'path', 'syscall'])};
}
