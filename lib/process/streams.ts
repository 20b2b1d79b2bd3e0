// Our ends of a command's pipes, as streams.
import type {Socket} from 'node:net';
import {adopt, OwnSocket, openSocket} from '../descriptors.js';
import {native} from '../native.js';
import {isShared} from '../options/shared-stream.js';
import type {StdioEntry} from '../options/stdio.js';

const descriptors = new WeakMap<Socket, number>();

/**
 * A socket that gives out nothing before 'spawn', which in child_process comes before all that a command writes. A program that adds
 * its listeners then would miss what came before, and wait for ever for the end of a stream that has ended.
 */
class PipeSocket extends OwnSocket {
  // Undefined, too, while the constructor of Socket reads ahead.
  hasStarted = false;
  /** How many bytes are still wanted; then the rest is somebody else's. */
  wanted = Infinity;

  override read(size?: number): Buffer | null {
    return this.hasStarted ? super.read(size) : null;
  }

  override push(chunk: Uint8Array | null): boolean {
    if (chunk === null) return super.push(chunk);
    // false has Socket stop to read.
    if (this.wanted <= 0) return false;
    this.wanted -= chunk.length;
    return super.push(chunk);
  }
}

/** The streams by the command's descriptor; null where there is none. */
export function openStreams(entries: readonly StdioEntry[], length: number): (Socket | null)[] {
  const streams: (Socket | null)[] = new Array(length).fill(null);
  const ours: number[] = [];
  for (const {parent} of entries) if (parent !== undefined) ours.push(parent.fd);
  const open = (): void => {
    for (const {target, parent} of entries) if (parent !== undefined) streams[target] = openStream(parent);
  };
  try {
    if (ours.length > 0) adopt(ours, open);
  } catch (error) {
    for (const stream of streams) stream?.destroy();
    throw error;
  }
  return streams;
}

function openStream({fd, readable, writable}: NonNullable<StdioEntry['parent']>): Socket {
  const stream = openSocket(PipeSocket, fd, readable, writable);
  descriptors.set(stream, fd);
  return stream;
}

/** Lets data come, and reads ahead as child_process does, so that an end is seen though nobody reads. */
export function startReading(streams: readonly (Socket | null)[]): void {
  for (const stream of streams) {
    if (!(stream instanceof PipeSocket) || stream.hasStarted) continue;
    stream.hasStarted = true;
    if (stream.readable && !isShared(stream)) stream.read(0);
  }
}

/**
 * Lets what nobody reads flow away, so that the streams can end: as child_process does at exit. What another command reads is
 * left to it, and closed here: it has a descriptor of its own.
 */
export function drain(streams: readonly (Socket | null)[]): void {
  // Where there was no 'spawn'.
  startReading(streams);
  for (const stream of streams) {
    if (!stream?.readable) continue;
    if (isShared(stream)) stream.destroy();
    else stream.resume();
  }
}

/**
 * Ends what can be read once it has been, though somebody else may still hold the other end, and even write to it: a command's
 * daemon in a sandbox. Called at the command's end, when what it wrote is in the pipe, or was read.
 */
export function finishStreams(streams: readonly (Socket | null)[]): void {
  for (const stream of streams) {
    if (stream === null) continue;
    if (stream instanceof PipeSocket && stream.readable) stream.wanted = native().bytesToRead(descriptors.get(stream)!);
    setImmediate(finish, stream);
  }
}

// Between two looks at a pipe whose reader takes its time.
const pauseMs = 10;

function finish(stream: Socket): void {
  if (stream.destroyed) return;
  const isWanted = stream instanceof PipeSocket && stream.readable && stream.wanted > 0;
  if ((isWanted && native().isReadable(descriptors.get(stream)!)) || stream.readableLength > 0) {
    setTimeout(finish, pauseMs, stream);
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
