// The options `serialization` and `maxMessageSize`, and what the command must know of its channel.
import type {SerializationType} from 'node:child_process';
import {codedError, invalidArgValue} from '../errors.js';
import {validateInteger} from '../validate.js';

/** A command's channel: its descriptor inside, and what goes over it. */
export interface ResolvedIpc {
  target: number;
  serialization: SerializationType;
  maxMessageSize: number;
}

interface Options {
  serialization?: unknown;
  maxMessageSize?: unknown;
}

// As of runInNamespace's output.
const defaultMaxMessageSize = 100 * 1024 * 1024;

/** @returns undefined where stdio has no 'ipc' */
export function resolveIpc(kinds: readonly unknown[], options: Options): ResolvedIpc | undefined {
  const {serialization = 'json', maxMessageSize = defaultMaxMessageSize} = options;
  if (serialization !== 'json' && serialization !== 'advanced') {
    throw invalidArgValue('options.serialization', serialization, "must be one of: undefined, 'json', 'advanced'");
  }
  validateInteger(maxMessageSize, 'options.maxMessageSize', 1, 0x7fffffff);
  const target = kinds.indexOf('ipc');
  if (target < 0) return undefined;
  if (kinds.lastIndexOf('ipc') > target) {
    throw codedError('ERR_IPC_ONE_PIPE', 'Child process can have only one IPC pipe');
  }
  return {target, serialization, maxMessageSize};
}

/** The environment by which the command finds its channel. */
export function channelVariables({target, serialization}: ResolvedIpc): Record<string, string> {
  return {NODE_CHANNEL_FD: String(target), NODE_CHANNEL_SERIALIZATION_MODE: serialization};
}
