// Descriptors that the addon has created. When a Worker ends, the addon closes those that are still open. So each must be closed by the
// addon, or be given to a stream by adopt(). After fs.closeSync the addon would later close another file with the same number.
import {Socket} from 'node:net';
import {native} from './native.js';
import {socketOptions} from './own.js';

/** The part of Node's internal class for pipes that is used here. */
interface Handle {
  close(): void;
}

// The handle of the socket whose constructor is running, and the handles of those whose constructors have thrown.
let current: Handle | null | undefined;
const unfinished: Handle[] = [];

/**
 * A socket whose handle is recorded as soon as its constructor has created it. If the constructor throws, only this file can close the
 * handle.
 */
export class OwnSocket extends Socket {}

const accessor = Object.getOwnPropertyDescriptor(Socket.prototype, '_handle');
if (accessor?.set !== undefined) {
  const {set} = accessor;
  Object.defineProperty(OwnSocket.prototype, '_handle', {
    ...accessor,
    set(handle: Handle | null) {
      current = handle;
      set.call(this, handle);
    },
  });
}

/** Creates a socket for a descriptor. It must be called within the function that is passed to {@link adopt}. */
export function openSocket<S extends OwnSocket>(
  Class: new (options: ReturnType<typeof socketOptions>) => S,
  fd: number,
  readable: boolean,
  writable: boolean,
): S {
  current = undefined;
  try {
    return new Class(socketOptions(fd, readable, writable));
  } catch (error) {
    if (current) unfinished.push(current);
    throw error;
  }
}

/**
 * Creates streams for descriptors. The descriptors belong to the streams from then on. If `make` throws, only those for which it has
 * already created a stream do.
 */
export function adopt<T>(descriptors: readonly number[], make: () => T): T {
  try {
    return native().adopt(make, ...descriptors);
  } catch (error) {
    // The handles are closed only now, because the addon must find them open to determine which descriptors belong to them.
    for (const handle of unfinished.splice(0)) handle.close();
    throw error;
  }
}
