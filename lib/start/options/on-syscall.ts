// The options `onSyscall` and `onSyscallTimeout`.
import type {Settings} from '../../features/feature.js';
import {seccomp} from '../../features/seccomp.js';
import type {SyscallHandler} from '../../seccomp/on-syscall.js';
import {invalidArgType, invalidArgValue} from '../../shared/argument-errors.js';
import {isGiven, maxGraceMs, validateInteger} from '../../shared/validate.js';
import type {ProcessOptions} from './spawn-options.js';

const defaultTimeoutMs = 10_000;

/** The options after validation. */
export interface ResolvedHandler {
  handler: SyscallHandler;
  timeoutMs: number;
}

/**
 * Validates the options.
 * @returns undefined if the command has no filter that hands calls over
 */
export function resolveHandler(options: ProcessOptions, settings: Settings): ResolvedHandler | undefined {
  const {onSyscall: handler, onSyscallTimeout} = options;
  const timeoutMs = onSyscallTimeout ?? defaultTimeoutMs;
  validateInteger(timeoutMs, 'options.onSyscallTimeout', 1, maxGraceMs);
  if (isGiven(handler) && typeof handler !== 'function') {
    throw invalidArgType('options.onSyscall', 'of type function', handler);
  }
  const notifies = settings.of(seccomp)?.notifies === true;
  if (isGiven(handler) && !notifies) {
    throw invalidArgValue('options.onSyscall', handler, 'needs a profile with SCMP_ACT_NOTIFY in options.seccomp');
  }
  if (!notifies) return undefined;
  if (!isGiven(handler)) {
    throw invalidArgValue('options.seccomp', options.seccomp, 'has SCMP_ACT_NOTIFY, which needs options.onSyscall');
  }
  return {handler, timeoutMs};
}
