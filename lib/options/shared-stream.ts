// Streams that a command gets as its own: theirs is the data then, and not this process's any more.

/** What a net.Socket keeps its descriptor in. It has no public name: child_process reads it there as well. */
interface Handle {
  fd?: unknown;
  reading?: boolean;
  readStop?(): number;
}

const shared = new WeakSet<object>();

/** The handle of a socket or of a pipe's end, where the value has one. */
function handleOf(value: object): Handle | undefined {
  const {_handle, handle} = value as {_handle?: Handle | null; handle?: Handle | null};
  return _handle ?? handle ?? undefined;
}

/** The descriptor that lies under a stream. */
export function descriptorOf(value: object): number | undefined {
  const {fd} = value as {fd?: unknown};
  const number = typeof fd === 'number' ? fd : handleOf(value)?.fd;
  return typeof number === 'number' && number >= 0 ? number : undefined;
}

/** Leaves what comes in to the command that gets the stream: two readers would each see a part of it. */
export function stopReading(stream: object): void {
  // A stream that names its descriptor itself reads only when it is asked to.
  if (typeof (stream as {fd?: unknown}).fd === 'number') return;
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
