// The option `stdio`: which descriptors a command gets, and which ends of pipes stay here.
import type {StdioOptions} from 'node:child_process';
import {codedError, invalidArgValue, NamespaceError, outOfRange} from '../errors.js';
import type {ChannelDescriptors} from '../ipc/channel.js';
import {INT_MAX} from '../kernel.js';
import {native} from '../native.js';
import {descriptorOf, stopReading} from './shared-stream.js';

/** One of a command's descriptors. */
export interface StdioEntry {
  /** Its number inside. */
  target: number;
  /** What becomes it. */
  source: number;
  /** Whether `source` was made for it, and is closed here once it is handed over. */
  isOurs: boolean;
  /** Where nsinit sends the master of a pseudo-terminal. */
  terminal: number | undefined;
  /** Our end of an IPC channel. */
  channel: ChannelDescriptors | undefined;
  /** Our end of its pipe. */
  parent: {fd: number; readable: boolean; writable: boolean} | undefined;
}

/** What each descriptor is to be, by its number inside; 'ignore' above 2 means closed, 'terminal' comes for 0 to 2. */
export type StdioKind = 'pipe' | 'duplex' | 'ignore' | 'terminal' | 'ipc' | number | {fd: number; stream: object};

// A pipe holds 64 KB by default: 1 MB means fewer changes between the two processes.
const pipeSize = 1 << 20;

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

/** Opens the pipes. Answers an error with everything closed again: it is told as an event, not thrown. */
export function openStdio(kinds: readonly StdioKind[]): StdioEntry[] | NamespaceError {
  const entries: StdioEntry[] = [];
  try {
    kinds.forEach((kind, target) => {
      if (kind === 'ignore' && target > 2) return;
      // nsinit makes 1 and 2 of it as well.
      if (kind === 'terminal' && target > 0) return;
      entries.push(openEntry(kind, target));
    });
  } catch (error) {
    closeSources(entries);
    closeParents(entries);
    return error as NamespaceError;
  }
  return entries;
}

const pair = new Int32Array(2);

const nothingHere = {terminal: undefined, channel: undefined, parent: undefined};

function openEntry(kind: StdioKind, target: number): StdioEntry {
  if (typeof kind === 'number') return {target, source: kind, isOurs: false, ...nothingHere};
  if (typeof kind === 'object') {
    stopReading(kind.stream);
    return {target, source: kind.fd, isOurs: false, ...nothingHere};
  }
  if (kind === 'terminal') {
    checked(native().socketPair(pair), 'socketpair', target);
    return {target, source: pair[1]!, isOurs: true, ...nothingHere, terminal: pair[0]!};
  }
  if (kind === 'ipc') return openChannel(target);
  if (kind === 'ignore') return {target, source: nullDevice(), isOurs: false, ...nothingHere};
  if (kind === 'duplex') {
    checked(native().socketPair(pair), 'socketpair', target);
    return {
      target,
      source: pair[1]!,
      isOurs: true,
      ...nothingHere,
      parent: {fd: pair[0]!, readable: true, writable: true},
    };
  }
  // A pipe and not a socket, so that a command may open /dev/stdout.
  checked(native().pipe(pair, pipeSize), 'pipe2', target);
  const [readEnd, writeEnd] = pair as unknown as [number, number];
  return target === 0
    ? {target, source: readEnd, isOurs: true, ...nothingHere, parent: {fd: writeEnd, readable: false, writable: true}}
    : {target, source: writeEnd, isOurs: true, ...nothingHere, parent: {fd: readEnd, readable: true, writable: false}};
}

function openChannel(target: number): StdioEntry {
  checked(native().socketPair(pair), 'socketpair', target);
  const [read, source] = pair as unknown as [number, number];
  const write = native().duplicate(read);
  if (write < 0) {
    native().close(read);
    native().close(source);
  }
  checked(write, 'fcntl', target);
  return {target, source, isOurs: true, ...nothingHere, channel: {read, write}};
}

let nullFd: number | undefined;

// One a thread for all commands: it is never closed.
function nullDevice(): number {
  nullFd ??= checked(native().openNull(), 'open', undefined);
  return nullFd;
}

function checked(answer: number, syscall: string, index: number | undefined): number {
  if (answer < 0) throw new NamespaceError({errno: answer, syscall, step: 'stdio', index});
  return answer;
}

/** The number of the first entry whose descriptor is not open. */
export function closedEntry(entries: readonly StdioEntry[]): number | undefined {
  return entries.find(({source}) => !native().isOpen(source))?.target;
}

/** Closes the commands' ends, which were handed over. */
export function closeSources(entries: readonly StdioEntry[]): void {
  for (const {source, isOurs} of entries) if (isOurs) native().close(source);
}

/** Closes our ends, where no stream was made of them. */
export function closeParents(entries: readonly StdioEntry[]): void {
  for (const {parent, terminal, channel} of entries) {
    if (parent) native().close(parent.fd);
    if (terminal !== undefined) native().close(terminal);
    if (channel) for (const fd of [channel.read, channel.write]) native().close(fd);
  }
}

/** Node's type of the option. */
export type {StdioOptions};
