// Node's ends of a command's pipes, as streams.
import type {Duplex} from 'node:stream';
import {adopt, OwnSocket, openSocket} from '../../shared/descriptors.js';
import {native} from '../../shared/native.js';
import {isShared} from '../../shared/shared-stream.js';
import {isSocketDenied, WatchedStream} from '../../shared/watched-stream.js';
import type {StdioEntry} from '../options/stdio.js';

const descriptors = new WeakMap<Duplex, number>();

// biome-ignore lint/suspicious/noExplicitAny: TypeScript asks for it in the constructor of a mixin
type Stream = new (...args: any[]) => Duplex;

/**
 * A stream that emits no data before 'spawn', because child_process emits 'spawn' first. A program that adds its listeners at 'spawn' would
 * miss earlier data, and would wait forever for the end of a stream that has ended.
 */
function startingAtSpawn<Base extends Stream>(Class: Base) {
  return class extends Class {
    // It is undefined while the constructor of Socket reads ahead, and no data is emitted then either.
    hasStarted = false;
    /** How many bytes the command has still in the pipe after its end. What follows was written by other processes. */
    wanted = Infinity;
    /** Whether the end has been read as well. */
    hasAll = false;

    override read(size?: number): Buffer | null {
      return this.hasStarted ? super.read(size) : null;
    }

    override push(chunk: Uint8Array | null): boolean {
      if (chunk === null) {
        this.hasAll = true;
        return super.push(chunk);
      }
      // If push() returns false, Socket stops reading.
      if (this.wanted <= 0) return false;
      this.wanted -= chunk.length;
      return super.push(chunk);
    }
  };
}

const PipeSocket = startingAtSpawn(OwnSocket);
const WatchedPipe = startingAtSpawn(WatchedStream);
type PipeEnd = InstanceType<typeof PipeSocket> | InstanceType<typeof WatchedPipe>;

function isPipe(stream: Duplex): stream is PipeEnd {
  return stream instanceof PipeSocket || stream instanceof WatchedPipe;
}

/** Creates the streams. They are listed by the command's descriptor; a descriptor that is not a pipe has null. */
export function openStreams(entries: readonly StdioEntry[], length: number): (Duplex | null)[] {
  const streams: (Duplex | null)[] = new Array(length).fill(null);
  const ours: number[] = [];
  for (const {parent} of entries) if (parent !== undefined) ours.push(parent.fd);
  const open = (): void => {
    for (const {target, parent} of entries) if (parent !== undefined) streams[target] = openStream(parent);
  };
  try {
    if (isSocketDenied()) open();
    else if (ours.length > 0) adopt(ours, open);
  } catch (error) {
    for (const stream of streams) stream?.destroy();
    throw error;
  }
  return streams;
}

function openStream({fd, readable, writable}: NonNullable<StdioEntry['parent']>): Duplex {
  const stream = isSocketDenied()
    ? new WatchedPipe(fd, readable, writable)
    : openSocket(PipeSocket, fd, readable, writable);
  descriptors.set(stream, fd);
  return stream;
}

/** Lets streams emit data, and reads ahead as child_process does, so that the end of a stream is noticed even if the program does not read. */
export function startReading(streams: readonly (Duplex | null)[]): void {
  for (const stream of streams) {
    if (stream === null || !isPipe(stream) || stream.hasStarted) continue;
    stream.hasStarted = true;
    if (stream.readable && !isShared(stream)) stream.read(0);
  }
}

/** Returns whether a stream may have something to read that it has not read. */
export function isUnread(stream: Duplex | null): boolean {
  if (stream === null || !isPipe(stream) || !stream.hasStarted || stream.hasAll || stream.destroyed) return false;
  return stream.readable && !isShared(stream);
}

/**
 * Discards data that the program does not read, so that the streams can end, as child_process does at 'exit'. A stream that another command
 * reads is only closed here, because that command has a descriptor of its own.
 *
 * @param shown - the `stdio` of the child. A program may have put streams of its own into it, which child_process resumes as well
 */
export function drain(streams: readonly (Duplex | null)[], shown: unknown): void {
  // Needed if 'spawn' was not emitted.
  startReading(streams);
  for (const stream of streams) {
    if (!stream?.readable) continue;
    if (isShared(stream)) stream.destroy();
    else stream.resume();
  }
  for (const stream of Array.isArray(shown) ? (shown as (Duplex | null)[]) : []) {
    if (stream?.readable && !streams.includes(stream)) stream.resume?.();
  }
}

/**
 * Ends the streams when the output of the command has been read. Another process, such as a daemon of the command, may have the other end
 * open, and even write to it. This is called when the command has ended, so its output is in the pipe or has been read.
 */
export function finishStreams(streams: readonly (Duplex | null)[]): void {
  for (const stream of streams) {
    if (stream === null || stream.destroyed) continue;
    if (isPipe(stream) && stream.readable) stream.wanted = native().bytesToRead(descriptors.get(stream)!);
    setImmediate(finish, stream);
  }
}

// How often a pipe is checked whose reader is slow.
const pauseMs = 10;

function finish(stream: Duplex): void {
  if (stream.destroyed) return;
  const isWanted = isPipe(stream) && stream.readable && stream.wanted > 0;
  if ((isWanted && native().isReadable(descriptors.get(stream)!)) || stream.readableLength > 0) {
    // A reader that does not go on must not keep the program alive: the stream itself does, as long as it reads.
    setTimeout(finish, pauseMs, stream).unref();
    return;
  }
  if (stream.readable) {
    stream.once('end', () => stream.destroy());
    stream.push(null);
    stream.resume();
  } else {
    stream.destroy();
  }
}
