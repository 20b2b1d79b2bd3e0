// Streams that a command gets as its own: theirs is the data then, and not this process's any more.
import {memberOf} from './own.js';

/** What a net.Socket keeps its descriptor in. It has no public name: child_process reads it there as well. */
interface Handle {
  fd?: unknown;
  reading?: boolean;
  readStop?(): number;
}

const shared = new WeakSet<object>();

/** The handle of a socket or of a pipe's end, where the value has one. */
function handleOf(value: object): Handle | undefined {
  return (memberOf(value, '_handle') ?? memberOf(value, 'handle') ?? undefined) as Handle | undefined;
}

/** The descriptor that lies under a stream. */
export function descriptorOf(value: object): number | undefined {
  const fd = memberOf(value, 'fd');
  const handle = typeof fd === 'number' ? undefined : handleOf(value);
  const number = typeof handle === 'object' ? memberOf(handle, 'fd') : fd;
  return typeof number === 'number' && number >= 0 ? number : undefined;
}

/** Leaves what comes in to the command that gets the stream: two readers would each see a part of it. */
export function stopReading(stream: object): void {
  // A stream that names its descriptor itself reads only when it is asked to.
  if (typeof memberOf(stream, 'fd') === 'number') return;
  shared.add(stream);
  const handle = handleOf(stream);
  if (handle?.readStop === undefined) return;
  handle.reading = false;
  handle.readStop();
  (stream as {pause?: () => void}).pause?.();
}

/** Whether a command got this stream. */
export function isShared(stream: object): boolean {
  return shared.has(stream);
}
