// The option `stdio`: which descriptors a command gets. options/stdio.ts opens them.
import type {StdioOptions} from 'node:child_process';
import {codedError, invalidArgValue, outOfRange} from '../shared/argument-errors.js';
import {INT_MAX} from '../shared/kernel.js';
import {native} from '../shared/native.js';
import {descriptorOf} from '../shared/shared-stream.js';
import {commandFeature} from './feature.js';

export interface DescriptorsOptions {
  /**
   * 'pipe' (default), 'ignore', 'inherit', 'overlapped', a descriptor or a stream for each descriptor. Pipes of 0 to 2
   * are FIFOs, of 3 and above duplex sockets. One may be 'ipc': a channel for messages, Node's own.
   */
  stdio?: StdioOptions | undefined;
}

export const descriptors = commandFeature<DescriptorsOptions>({
  title: 'Descriptors of the command',
  examples: {stdio: ['ignore', 'pipe', 'ignore', 'pipe']},
  write(operations, _, {targets}) {
    operations.addList({step: 'stdio'}, 'DESCRIPTORS', [targets.length], targets);
  },
  causes: [
    {
      steps: ['stdio'],
      code: 'EBADF',
      why: 'a descriptor in stdio is not open',
      advice: 'keep it open until the call has returned',
    },
  ],
});

/** An entry of stdio that only runInNamespace makes: the pipe of stdout, for its option `all`. */
export const pipeOfStdout = Symbol('stdout');

/** What each descriptor is to be, by its number inside; 'ignore' above 2 means closed, 'terminal' comes for 0 to 2. */
export type StdioKind =
  | typeof pipeOfStdout
  | 'pipe'
  | 'duplex'
  | 'ignore'
  | 'terminal'
  | 'ipc'
  | number
  | {fd: number; stream: object};

/** Reads the option without opening anything. */
export function resolveStdio(option: unknown): StdioKind[] {
  const list = asList(option);
  const {descriptorsMax} = native().protocol;
  if (list.length > descriptorsMax) throw outOfRange('options.stdio.length', `<= ${descriptorsMax}`, list.length);
  return list.map((value, index) => kindOf(value, index));
}

/** With a pseudo-terminal: it is 0 to 2, and the option has only what is above. */
export function resolveStdioWithTerminal(option: unknown): StdioKind[] {
  const above = option === undefined || option === null ? [] : resolveStdio(option).slice(3);
  if (Array.isArray(option) && option.slice(0, 3).some(value => value !== undefined && value !== null)) {
    throw invalidArgValue('options.stdio', option, 'must leave 0 to 2 undefined: options.pty gives them');
  }
  if (option && !Array.isArray(option)) {
    throw invalidArgValue('options.stdio', option, 'must be an array where there is options.pty');
  }
  return ['terminal', 'terminal', 'terminal', ...above];
}

function asList(option: unknown): unknown[] {
  // child_process reads every falsy value so.
  if (!option) return ['pipe', 'pipe', 'pipe'];
  if (typeof option === 'string') {
    if (option === 'ignore' || option === 'pipe' || option === 'overlapped' || option === 'inherit') {
      return [option, option, option];
    }
    throw invalidArgValue('options.stdio', option, "must be 'pipe', 'overlapped', 'ignore', 'inherit' or an array");
  }
  if (!Array.isArray(option)) throw invalidArgValue('options.stdio', option, 'must be a string or an array');
  const list = [...option];
  while (list.length < 3) list.push(undefined);
  return list;
}

function kindOf(value: unknown, index: number): StdioKind {
  if (value === undefined || value === null) return index < 3 ? 'pipe' : 'ignore';
  if (value === 'ignore') return 'ignore';
  if (value === pipeOfStdout) return value;
  if (value === 'pipe' || value === 'overlapped') return index < 3 ? 'pipe' : 'duplex';
  if (value === 'inherit') return index;
  if (value === 'ipc') return 'ipc';
  const name = `options.stdio[${index}]`;
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || value > INT_MAX) throw invalidArgValue(name, value, 'must be a file descriptor');
    // child_process takes -1 for a pipe.
    if (value < 0) return index < 3 ? 'pipe' : 'duplex';
    return value;
  }
  // What spawnSync takes for input.
  if (typeof value === 'string' || ArrayBuffer.isView(value)) {
    const shown = typeof value === 'string' ? `'${value}'` : 'a buffer';
    throw codedError(
      'ERR_INVALID_SYNC_FORK_INPUT',
      `Asynchronous forks do not support Buffer, TypedArray, DataView or string input: ${shown}`,
      TypeError,
    );
  }
  const fd = typeof value === 'object' ? descriptorOf(value) : undefined;
  if (fd !== undefined) return {fd, stream: value as object};
  throw invalidArgValue(
    name,
    value,
    "must be 'pipe', 'overlapped', 'ignore', 'inherit', 'ipc', a file descriptor or a stream that has one",
  );
}

/** Whether a command of this stdio shares a terminal with the caller. */
export function inheritsTerminal(kinds: readonly StdioKind[]): boolean {
  return kinds.some(kind => {
    const fd = typeof kind === 'object' ? kind.fd : kind;
    return typeof fd === 'number' && native().isTerminal(fd);
  });
}
