// Opens the descriptors of the option `stdio`: those of the command, and Node's ends of the pipes.
import {NamespaceError} from '../../errors/errors.js';
import {pipeOfStdout, type StdioKind} from '../../features/descriptors.js';
import {native} from '../../shared/native.js';
import {stopReading} from '../../shared/shared-stream.js';
import type {ChannelDescriptors} from '../ipc/channel.js';

/** A descriptor of a command. */
export interface StdioEntry {
  /** Its number inside. */
  target: number;
  /** The descriptor in this process that is sent to nsinit. */
  source: number;
  /** Whether `source` was opened for this command, and is closed when it has been sent. */
  isOurs: boolean;
  /** The socket on which Node receives the master of a pseudo-terminal. */
  terminal: number | undefined;
  /** Node's end of an IPC channel. */
  channel: ChannelDescriptors | undefined;
  /** What nsinit does with a descriptor that the command does not keep. */
  use: 'ruleset' | 'listener' | undefined;
  /** Node's end of the pipe. */
  parent: {fd: number; readable: boolean; writable: boolean} | undefined;
}

// A pipe buffers 64 KB by default. With 1 MB the kernel switches less often between the two processes.
const pipeSize = 1 << 20;

/** Opens the pipes. If this fails, everything is closed again and the error is returned, because it is emitted and not thrown. */
export function openStdio(kinds: readonly StdioKind[]): StdioEntry[] | NamespaceError {
  const entries: StdioEntry[] = [];
  try {
    kinds.forEach((kind, target) => {
      if (kind === 'ignore' && target > 2) return;
      // nsinit uses the terminal of descriptor 0 for 1 and 2 as well.
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

/** An entry that has no end in Node, written out: V8 is slow to spread an object into another. */
function entryOf(target: number, source: number, isOurs: boolean): StdioEntry {
  return {target, source, isOurs, terminal: undefined, channel: undefined, use: undefined, parent: undefined};
}

function ownEntry(target: number, source: number, ends: Pick<Partial<StdioEntry>, 'terminal' | 'channel' | 'parent'>) {
  return Object.assign(entryOf(target, source, true), ends);
}

function openEntry(kind: Exclude<StdioKind, typeof pipeOfStdout>, target: number): StdioEntry {
  if (typeof kind === 'number') return entryOf(target, kind, false);
  if (typeof kind === 'object') {
    stopReading(kind.stream);
    return entryOf(target, kind.fd, false);
  }
  if (kind === 'terminal') {
    checked(native().socketPair(pair), 'socketpair', target);
    return ownEntry(target, pair[1]!, {terminal: pair[0]!});
  }
  if (kind === 'ipc') return openChannel(target);
  if (kind === 'ignore') return entryOf(target, nullDevice(), false);
  if (kind === 'duplex') {
    checked(native().socketPair(pair), 'socketpair', target);
    return ownEntry(target, pair[1]!, {parent: {fd: pair[0]!, readable: true, writable: true}});
  }
  // A pipe is used instead of a socket, so that a command can open /dev/stdout.
  checked(native().pipe(pair, pipeSize), 'pipe2', target);
  const [readEnd, writeEnd] = pair as unknown as [number, number];
  return target === 0
    ? ownEntry(target, readEnd, {parent: {fd: writeEnd, readable: false, writable: true}})
    : ownEntry(target, writeEnd, {parent: {fd: readEnd, readable: true, writable: false}});
}

/** Adds a descriptor that belongs to no stream. */
export function addSent(entries: StdioEntry[], source: number, use: NonNullable<StdioEntry['use']>): void {
  const target = Math.max(2, ...entries.map(entry => entry.target)) + 1;
  entries.push({...entryOf(target, source, true), use});
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
  return ownEntry(target, source, {channel: {read, write}});
}

let nullFd: number | undefined;

// Each thread opens /dev/null once for all commands, and never closes it.
function nullDevice(): number {
  nullFd ??= checked(native().openNull(), 'open', undefined, '/dev/null');
  return nullFd;
}

function checked(result: number, syscall: string, index: number | undefined, path?: string): number {
  if (result < 0) throw new NamespaceError({errno: result, syscall, step: 'stdio', index, path});
  return result;
}

/** Returns the number of the first descriptor that is not open, or undefined. */
export function closedEntry(entries: readonly StdioEntry[]): number | undefined {
  return entries.find(({source}) => !native().isOpen(source))?.target;
}

/** Closes the command's ends, which have been sent. */
export function closeSources(entries: readonly StdioEntry[]): void {
  for (const {source, isOurs} of entries) if (isOurs) native().close(source);
}

/** Closes Node's ends for which no stream was created. */
export function closeParents(entries: readonly StdioEntry[]): void {
  for (const {parent, terminal, channel} of entries) {
    if (parent) native().close(parent.fd);
    if (terminal !== undefined) native().close(terminal);
    if (channel) for (const fd of [channel.read, channel.write]) native().close(fd);
  }
}
