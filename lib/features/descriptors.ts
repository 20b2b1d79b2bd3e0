// The option `stdio`: the descriptors of a command. start/options/stdio.ts opens them.
import type {StdioOptions} from 'node:child_process';
import {codedError, invalidArgValue, outOfRange} from '../shared/argument-errors.js';
import {INT_MAX} from '../shared/kernel.js';
import {native} from '../shared/native.js';
import {descriptorOf} from '../shared/shared-stream.js';
import {commandFeature} from './feature.js';

export interface DescriptorsOptions {
  /**
   * What each descriptor of the command is: 'pipe', 'ignore', 'inherit', 'overlapped' (the same as 'pipe'), a descriptor, or a stream that
   * has one. A string stands for descriptors 0 to 2. A pipe is a FIFO for descriptors 0 to 2, and a duplex socket for 3 and above. One
   * entry may be 'ipc', a channel for messages in Node's own format. Default: 'pipe'.
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
    {
      steps: ['stdio'],
      code: 'ENOENT',
      syscall: 'open',
      why: "there is no /dev/null here, which 'ignore' opens",
      advice: "mount a /dev, or give descriptors instead of 'ignore'",
    },
  ],
});

/** An entry of stdio that only runInNamespace makes: the pipe of stdout, for its option `all`. */
export const pipeOfStdout = Symbol('stdout');

/** What a descriptor of the command is. 'ignore' means /dev/null for 0 to 2, and closed above. 'terminal' is used only for 0 to 2. */
export type StdioKind =
  | typeof pipeOfStdout
  | 'pipe'
  | 'duplex'
  | 'ignore'
  | 'terminal'
  | 'ipc'
  | number
  | {fd: number; stream: object};

/** Validates the option without opening anything. Returns the kind of each descriptor, by its number inside. */
export function resolveStdio(option: unknown): StdioKind[] {
  const list = asList(option);
  const {descriptorsMax} = native().protocol;
  if (list.length > descriptorsMax) throw outOfRange('options.stdio.length', `<= ${descriptorsMax}`, list.length);
  return list.map((value, index) => kindOf(value, index));
}

/** The same for a command with a pseudo-terminal, which is its descriptors 0 to 2. The option may contain only descriptors above. */
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
  // As in child_process, every falsy value stands for the default.
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
    // As in child_process, -1 stands for a pipe.
    if (value < 0) return index < 3 ? 'pipe' : 'duplex';
    return value;
  }
  // spawnSync accepts these values as input.
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

/** Returns whether a command with these descriptors shares a terminal with the caller. */
export function inheritsTerminal(kinds: readonly StdioKind[]): boolean {
  return kinds.some(kind => {
    const fd = typeof kind === 'object' ? kind.fd : kind;
    return typeof fd === 'number' && native().isTerminal(fd);
  });
}
