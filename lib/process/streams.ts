// Our ends of a command's pipes, as streams.
import {Socket} from 'node:net';
import {isShared} from '../options/shared-stream.js';
import type {StdioEntry} from '../options/stdio.js';

/** The streams by the command's descriptor; null where there is none. */
export function openStreams(entries: readonly StdioEntry[], length: number): (Socket | null)[] {
  const streams: (Socket | null)[] = new Array(length).fill(null);
  for (const {target, parent} of entries) {
    if (parent === undefined) continue;
    const {fd, readable, writable} = parent;
    streams[target] = new Socket({fd, readable, writable});
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
