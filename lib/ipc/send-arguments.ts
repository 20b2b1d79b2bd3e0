// What send() takes, checked as child_process checks it.
import {codedError, invalidArgType} from '../errors.js';
import {own} from '../options/own.js';
import {validateObject} from '../validate.js';
import {invalidHandleType} from './handles.js';

/** Called once the message is on its way, or is not. */
export type SendCallback = (error: Error | null) => void;

interface SendArguments {
  handle: unknown;
  /** Whether a failure is nobody's concern: Node's own messages. */
  swallowErrors: boolean;
  callback: SendCallback | undefined;
}

/** What follows the message: [sendHandle[, options]][, callback] */
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

/** @throws where the message or the handle cannot be sent */
export function checkMessage(message: unknown, handle: unknown): void {
  if (message === undefined)
    throw codedError('ERR_MISSING_ARGS', 'The "message" argument must be specified', TypeError);
  if (!['string', 'object', 'number', 'boolean'].includes(typeof message)) {
    throw invalidArgType('message', 'one of type string, object, number, or boolean', message);
  }
  if (handle) throw invalidHandleType();
}
