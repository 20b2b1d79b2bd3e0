// Handles do not pass a channel of ours: a socket of the host's would be a hole in the namespace, one from inside could be anything.
import {codedError} from '../errors.js';

/** What Node answers where a handle has not come through. The sender tries three times more, and then warns. */
export const handleRefused = {cmd: 'NODE_HANDLE_NACK'};

interface InternalMessage {
  cmd: string;
}

/** Whether a message is Node's own, between the runtimes: 'internalMessage' instead of 'message'. */
export function isInternal(message: unknown): message is InternalMessage {
  if (typeof message !== 'object' || message === null) return false;
  const {cmd} = message as {cmd?: unknown};
  return typeof cmd === 'string' && cmd.length > 'NODE_'.length && cmd.startsWith('NODE_');
}

/** Whether the message announces a handle. The descriptor itself was dropped by the kernel: nobody receives it. */
export function announcesHandle({cmd}: InternalMessage): boolean {
  return cmd === 'NODE_HANDLE';
}

/** What send() throws where it is given a handle. */
export function invalidHandleType(): Error {
  return codedError(
    'ERR_INVALID_HANDLE_TYPE',
    'This handle type cannot be sent: a channel into a namespace carries messages, and no sockets or servers',
    TypeError,
  );
}
