// The streams of Node's end of a channel.
import type {Socket} from 'node:net';
import {adopt, OwnSocket, openSocket} from '../../shared/descriptors.js';
import {isSocketDenied, WatchedStream} from '../../shared/watched-stream.js';

/** A stream of one direction of a channel. */
export type End = Socket | WatchedStream;

/** Opens the streams of Node's end of a channel. */
export function openEnds(read: number, write: number): [reader: End, writer: End] {
  const made: End[] = [];
  try {
    if (isSocketDenied()) {
      made.push(new WatchedStream(read, true, false));
      made.push(new WatchedStream(write, false, true));
    } else {
      adopt([read, write], () => {
        made.push(openSocket(OwnSocket, read, true, false));
        made.push(openSocket(OwnSocket, write, false, true));
      });
    }
  } catch (error) {
    for (const end of made) end.destroy();
    throw error;
  }
  return made as [End, End];
}
