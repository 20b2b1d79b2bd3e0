// The channel refuses handles (sockets and servers). A socket of the host would give the namespace access to the host's network, and a
// descriptor from inside cannot be trusted.
import {codedError} from '../../errors/errors.js';

/** Node's message for a handle that was not received. The sender tries three more times and then emits a warning. */
export const handleRefused = {cmd: 'NODE_HANDLE_NACK'};

interface InternalMessage {
  cmd: string;
}

/** Returns whether a message is internal to Node, and so emitted as 'internalMessage' instead of 'message'. */
export function isInternal(message: unknown): message is InternalMessage {
  if (typeof message !== 'object' || message === null) return false;
  const {cmd} = message as {cmd?: unknown};
  return typeof cmd === 'string' && cmd.length > 'NODE_'.length && cmd.startsWith('NODE_');
}

/** Returns whether a message announces a handle. The kernel has discarded the descriptor itself, because nothing receives it. */
export function announcesHandle({cmd}: InternalMessage): boolean {
  return cmd === 'NODE_HANDLE';
}

/** Creates the error that send() throws for a handle. */
export function invalidHandleType(): Error {
  return codedError(
    'ERR_INVALID_HANDLE_TYPE',
    'This handle type cannot be sent: a channel into a namespace carries messages, and no sockets or servers',
    TypeError,
  );
}
