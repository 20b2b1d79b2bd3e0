// The arguments of send(), validated as in child_process.
import {codedError, invalidArgType} from '../../errors/errors.js';
import {own} from '../../shared/own.js';
import {validateObject} from '../../shared/validate.js';
import {invalidHandleType} from './handles.js';

/** Is called with null once the message has been written, or with the error. */
export type SendCallback = (error: Error | null) => void;

interface SendArguments {
  handle: unknown;
  /** Whether errors are ignored, as for Node's internal messages. */
  swallowErrors: boolean;
  callback: SendCallback | undefined;
}

/** Parses the arguments that follow the message: `[sendHandle[, options]][, callback]`. */
export function sendArguments([handle, options, callback]: readonly unknown[]): SendArguments {
  if (typeof handle === 'function') {
    return {handle: undefined, swallowErrors: false, callback: handle as SendCallback};
  }
  if (typeof options === 'function') return {handle, swallowErrors: false, callback: options as SendCallback};
  if (options !== undefined) validateObject(options, 'options');
  return {
    handle,
    swallowErrors: Boolean(own(options).swallowErrors),
    callback: typeof callback === 'function' ? (callback as SendCallback) : undefined,
  };
}

/**
 * Checks that a message can be sent.
 * @throws ERR_MISSING_ARGS, ERR_INVALID_ARG_TYPE, ERR_INVALID_HANDLE_TYPE
 */
export function checkMessage(message: unknown, handle: unknown): void {
  if (message === undefined)
    throw codedError('ERR_MISSING_ARGS', 'The "message" argument must be specified', TypeError);
  if (!['string', 'object', 'number', 'boolean'].includes(typeof message)) {
    throw invalidArgType('message', 'one of type string, object, number, or boolean', message);
  }
  if (handle) throw invalidHandleType();
}
