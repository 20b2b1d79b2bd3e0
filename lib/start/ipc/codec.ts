// The interface and the errors of both wire formats.
import {codedError} from '../../errors/errors.js';

/** A wire format, with the state of a message that has been received in part. */
export interface Codec {
  /**
   * Encodes a message as bytes, or as a string that is written in UTF-8.
   * @throws the errors of the serializer
   */
  encode(message: unknown): string | Uint8Array;
  /**
   * Decodes received bytes, and calls `deliver` for each complete message, with its size in bytes.
   * @throws ERR_IPC_INVALID_MESSAGE if the bytes are no message, ERR_IPC_MESSAGE_TOO_LARGE if a message exceeds the limit
   */
  decode(chunk: Buffer, deliver: (message: unknown, size: number) => void): void;
}

/** Creates the error for a message of more than `maxMessageSize` bytes. */
export function tooLarge(limit: number): Error {
  return codedError(
    'ERR_IPC_MESSAGE_TOO_LARGE',
    `A message from the command is larger than options.maxMessageSize, ${limit} bytes`,
  );
}

/** Creates the error for bytes that are no message. */
export function invalidMessage(cause: unknown): Error {
  const error = codedError('ERR_IPC_INVALID_MESSAGE', `What the command has sent is no message: ${reason(cause)}`);
  return Object.assign(error, {cause});
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
