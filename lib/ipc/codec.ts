// What both wire formats have in common.
import {codedError} from '../errors.js';

/** A wire format, and what has come of a message that is not complete yet. */
export interface Codec {
  /**
   * A message as bytes, or as the text of bytes.
   * @throws what the serializer throws
   */
  encode(message: unknown): string | Uint8Array;
  /**
   * Takes what has come and tells each complete message, with its size in bytes.
   * @throws where the bytes are no message, or more than a message may have
   */
  decode(chunk: Buffer, deliver: (message: unknown, size: number) => void): void;
}

/** A message of more bytes than `maxMessageSize`. */
export function tooLarge(limit: number): Error {
  return codedError(
    'ERR_IPC_MESSAGE_TOO_LARGE',
    `A message from the command is larger than options.maxMessageSize, ${limit} bytes`,
  );
}

/** Bytes that are no message. */
export function invalidMessage(cause: unknown): Error {
  const error = codedError('ERR_IPC_INVALID_MESSAGE', `What the command has sent is no message: ${reason(cause)}`);
  return Object.assign(error, {cause});
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
