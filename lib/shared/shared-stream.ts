// Streams that a command receives as its own descriptors. From then on the command reads their data, and this process no longer does.
import {memberOf} from './own.js';

/**
 * Node's internal object in which a net.Socket keeps its descriptor. It has no public name; child_process reads the descriptor from it too.
 */
interface Handle {
  fd?: unknown;
  reading?: boolean;
  readStop?(): number;
}

const shared = new WeakSet<object>();

/** Returns the handle of a socket or pipe, or undefined if the value has none. */
function handleOf(value: object): Handle | undefined {
  return (memberOf(value, '_handle') ?? memberOf(value, 'handle') ?? undefined) as Handle | undefined;
}

/** Returns the descriptor of a stream, or undefined if it has none. */
export function descriptorOf(value: object): number | undefined {
  const fd = memberOf(value, 'fd');
  const handle = typeof fd === 'number' ? undefined : handleOf(value);
  const number = typeof handle === 'object' ? memberOf(handle, 'fd') : fd;
  return typeof number === 'number' && number >= 0 ? number : undefined;
}

/** Stops reading a stream that a command receives. If two processes read it, each would see only a part of the data. */
export function stopReading(stream: object): void {
  // A stream with a property `fd`, such as that of a file, reads only on request.
  if (typeof memberOf(stream, 'fd') === 'number') return;
  shared.add(stream);
  const handle = handleOf(stream);
  if (handle?.readStop === undefined) return;
  handle.reading = false;
  handle.readStop();
  (stream as {pause?: () => void}).pause?.();
}

/** Returns whether a command has received this stream. */
export function isShared(stream: object): boolean {
  return shared.has(stream);
}
