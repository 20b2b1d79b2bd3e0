// Opens what the option `stdio` asks for: the descriptors that a command gets, and the ends of pipes that stay here.
import {NamespaceError} from '../../errors/errors.js';
import {pipeOfStdout, type StdioKind} from '../../features/descriptors.js';
import {native} from '../../shared/native.js';
import {stopReading} from '../../shared/shared-stream.js';
import type {ChannelDescriptors} from '../ipc/channel.js';

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

// A pipe holds 64 KB by default: 1 MB means fewer changes between the two processes.
const pipeSize = 1 << 20;

/** Opens the pipes. Answers an error with everything closed again: it is told as an event, not thrown. */
export function openStdio(kinds: readonly StdioKind[]): StdioEntry[] | NamespaceError {
  const entries: StdioEntry[] = [];
  try {
    kinds.forEach((kind, target) => {
      if (kind === 'ignore' && target > 2) return;
      // nsinit makes 1 and 2 of it as well.
      if (kind === 'terminal' && target > 0) return;
      if (kind === pipeOfStdout) entries.push({...entries[1]!, target, isOurs: false, parent: undefined});
      else entries.push(openEntry(kind, target));
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

function openEntry(kind: Exclude<StdioKind, typeof pipeOfStdout>, target: number): StdioEntry {
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
