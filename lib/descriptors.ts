// Descriptors that the addon has made. It closes at a Worker's end those that are still open then, so each is closed by the addon, or
// given to a stream here: fs.closeSync would leave a number that is another file's by then.
import type {Socket} from 'node:net';
import {native} from './native.js';

/**
 * Makes streams of descriptors, which belong to the streams from then on; where `make` throws, those that have become a stream do.
 */
export function adopt<T>(descriptors: readonly number[], make: () => T): T {
  return native().adopt(make, ...descriptors);
}

/**
 * Makes sockets of descriptors, one after another. Where the system refuses one those before it are closed; the other descriptors stay
 * the caller's to close.
 */
export function adoptSockets(descriptors: readonly number[], make: readonly (() => Socket)[]): Socket[] {
  const made: Socket[] = [];
  try {
    adopt(descriptors, () => {
      for (const makeOne of make) made.push(makeOne());
    });
  } catch (error) {
    for (const socket of made) socket.destroy();
    throw error;
  }
  return made;
}
