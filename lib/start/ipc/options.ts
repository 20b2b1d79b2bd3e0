// The options `serialization` and `maxMessageSize`, and the environment variables that describe the channel to the command.
import type {SerializationType} from 'node:child_process';
import {codedError, invalidArgValue} from '../../shared/argument-errors.js';
import {INT_MAX} from '../../shared/kernel.js';
import {validateInteger} from '../../shared/validate.js';

/** The validated options of a command's channel. */
export interface ResolvedIpc {
  /** The number of the channel's descriptor in the command. */
  target: number;
  serialization: SerializationType;
  maxMessageSize: number;
}

interface Options {
  serialization?: unknown;
  maxMessageSize?: unknown;
}

// The same as the default limit of runInNamespace's output.
const defaultMaxMessageSize = 100 * 1024 * 1024;

/**
 * Validates the options of a channel.
 * @returns undefined where stdio has no 'ipc'
 */
export function resolveIpc(kinds: readonly unknown[], options: Options): ResolvedIpc | undefined {
  const {serialization = 'json'} = options;
  const maxMessageSize = options.maxMessageSize ?? defaultMaxMessageSize;
  if (serialization !== 'json' && serialization !== 'advanced') {
    throw invalidArgValue('options.serialization', serialization, "must be one of: undefined, 'json', 'advanced'");
  }
  validateInteger(maxMessageSize, 'options.maxMessageSize', 1, INT_MAX);
  const target = kinds.indexOf('ipc');
  if (target < 0) return undefined;
  if (kinds.lastIndexOf('ipc') > target) {
    throw codedError('ERR_IPC_ONE_PIPE', 'Child process can have only one IPC pipe');
  }
  return {target, serialization, maxMessageSize};
}

/** Returns the environment variables by which the command finds its channel. */
export function channelVariables({target, serialization}: ResolvedIpc): Record<string, string> {
  return {NODE_CHANNEL_FD: String(target), NODE_CHANNEL_SERIALIZATION_MODE: serialization};
}
