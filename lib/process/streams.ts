// Our ends of a command's pipes, as streams.
import {Socket} from 'node:net';
import {native} from '../native.js';
import {isShared} from '../options/shared-stream.js';
import type {StdioEntry} from '../options/stdio.js';

const descriptors = new WeakMap<Socket, number>();

/** The streams by the command's descriptor; null where there is none. */
export function openStreams(entries: readonly StdioEntry[], length: number): (Socket | null)[] {
  const streams: (Socket | null)[] = new Array(length).fill(null);
  for (const {target, parent} of entries) {
    if (parent === undefined) continue;
    const {fd, readable, writable} = parent;
    const stream = new Socket({fd, readable, writable});
    descriptors.set(stream, fd);
    streams[target] = stream;
  }
  return streams;
}

/**
 * Lets what nobody reads flow away, so that the streams can end: as child_process does at exit. What another command reads is
 * left to it, and closed here: it has a descriptor of its own.
 */
export function drain(streams: readonly (Socket | null)[]): void {
  for (const stream of streams) {
    if (!stream?.readable) continue;
    if (isShared(stream)) stream.destroy();
    else stream.resume();
  }
}

/**
 * Ends what can be read once it has been, though somebody else may still hold the other end: a command's daemon in a sandbox.
 */
export function finishStreams(streams: readonly (Socket | null)[]): void {
  for (const stream of streams) if (stream !== null) setImmediate(finish, stream);
}

// Between two looks at a pipe whose reader takes its time.
const pauseMs = 10;

function finish(stream: Socket): void {
  if (stream.destroyed) return;
  // What came before the command's end is in the pipe or in the stream by now: libuv reads a pipe until it is empty.
  if (native().isReadable(descriptors.get(stream)!) || stream.readableLength > 0) {
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
