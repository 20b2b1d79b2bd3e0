// The options `onSyscall`, `onSyscallTimeout` and `reportForbidden`.
import type {Settings} from '../../features/feature.js';
import {seccomp} from '../../features/seccomp.js';
import type {SyscallHandler} from '../../seccomp/on-syscall.js';
import {invalidArgType, invalidArgValue} from '../../shared/argument-errors.js';
import {flagOr, isGiven, maxGraceMs, validateInteger} from '../../shared/validate.js';
import type {ProcessOptions} from './spawn-options.js';

const defaultTimeoutMs = 10_000;

/** The options after validation. */
export interface ResolvedHandler {
  /** Undefined if no calls are handed over but those that kill. */
  handler: SyscallHandler | undefined;
  /** The program whose kills are reported. */
  killing: Uint8Array | undefined;
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
  const filters = settings.of(seccomp);
  const notifies = filters?.notifies === true;
  const killing = filters?.killing;
  if (flagOr(false, options.reportForbidden, 'options.reportForbidden') && killing === undefined) {
    throw invalidArgValue('options.reportForbidden', true, 'needs a profile in options.seccomp that kills');
  }
  if (isGiven(handler) && !notifies) {
    throw invalidArgValue('options.onSyscall', handler, 'needs a profile with SCMP_ACT_NOTIFY in options.seccomp');
  }
  if (!notifies && killing === undefined) return undefined;
  if (notifies && !isGiven(handler)) {
    throw invalidArgValue('options.seccomp', options.seccomp, 'has SCMP_ACT_NOTIFY, which needs options.onSyscall');
  }
  return {handler: handler ?? undefined, killing, timeoutMs};
}
