// SCMP_ACT_NOTIFY and the option `onSyscall`.
import {invalidArgValue} from '../shared/argument-errors.js';
import {killProcess, killThread, notify} from './actions.js';
import type {ReadProfile, Rule} from './read-profile.js';
import type {SeccompProfile} from './types.js';

/** A system call that waits for its result. */
export interface SyscallRequest {
  /** The name of the call, such as 'mount'; undefined for a number that this package does not know. */
  readonly name: string | undefined;
  /** The number of the call. */
  readonly number: number;
  /** Its six arguments, as the registers contain them, each from 0 to 2**64-1. Those that the call does not have are anything. */
  readonly args: readonly [bigint, bigint, bigint, bigint, bigint, bigint];
  /** The processor, as in process.arch. Calls of another one do not get here. */
  readonly arch: string;
  /** The id of the calling thread in the caller's PID namespace: gettid(2). It is the PID of a process that has one thread. */
  readonly pid: number;
  /**
   * Whether the call still waits. Once its process was killed, `pid` may belong to another process: look at /proc/PID first, and then call
   * this.
   */
  isWaiting(): boolean;
}

/** The result of a system call: an errno, a return value, or a new descriptor in the calling process. */
export type SyscallResult =
  | {
      /** The errno with which the call fails: a name, or a number from 1 to 4095. */
      errno: string | number;
    }
  | {
      /** What the call returns. */
      value: number | bigint;
    }
  | {
      /** A descriptor of this process. The call returns the number of a new descriptor of its process for the same open file. */
      fd: number;
      /** Whether the new descriptor is closed by execve(2). Default: true. */
      closeOnExec?: boolean | undefined;
      /** Whether the descriptor of this process is closed afterwards, as fs.closeSync does. Default: false. */
      close?: boolean | undefined;
    };

/** Decides about the result of a system call. */
export type SyscallHandler = (call: SyscallRequest) => SyscallResult | Promise<SyscallResult>;

/** What nsinit calls, or the kernel calls for it, between the installation of a filter and the command: it would wait for Node for ever. */
const callsOfStart = ['execve', 'execveat', 'exit_group', 'mmap', 'prctl', 'seccomp'] as const;

/** The actions that a call can get. */
function actionsOf({rules, defaultAction}: ReadProfile, number: number): readonly number[] {
  const own: readonly Rule[] = rules.get(number) ?? [];
  const actions = own.map(({action}) => action);
  return own.at(-1)?.comparisons.length === 0 ? actions : [...actions, defaultAction];
}

/** Returns whether a profile hands any call to `onSyscall`. */
export function hasNotify({rules, defaultAction}: ReadProfile): boolean {
  return defaultAction === notify || [...rules.values()].some(list => list.some(({action}) => action === notify));
}

/**
 * Refuses a profile with which no command could be started.
 * @throws ERR_INVALID_ARG_VALUE
 */
export function validateNotify(read: ReadProfile, profile: SeccompProfile, where: string): void {
  const {syscalls} = read.architecture;
  const name = callsOfStart.find(call => actionsOf(read, syscalls.get(call)!.number!).includes(notify));
  if (name === undefined) return;
  throw invalidArgValue(
    where,
    profile,
    `must have a rule for ${name} without SCMP_ACT_NOTIFY, or no command could start`,
  );
}

const isKill = (action: number): boolean => action === killProcess || action === killThread;
const instead = (action: number): number => (isKill(action) ? notify : action);

/**
 * Returns a profile that hands over the calls which are to end their process, or undefined if there are none. What nsinit calls is left out:
 * the kernel ends a command for that.
 */
export function withKillsNotified(read: ReadProfile): ReadProfile | undefined {
  const ofStart = callsOfStart.map(call => read.architecture.syscalls.get(call)!.number!);
  const rules = new Map<number, readonly Rule[]>();
  for (const [number, list] of read.rules) {
    const isOfStart = ofStart.includes(number);
    rules.set(number, isOfStart ? list : list.map(rule => ({...rule, action: instead(rule.action)})));
  }
  for (const number of ofStart) {
    const list = rules.get(number) ?? [];
    if (list.at(-1)?.comparisons.length === 0) continue;
    rules.set(number, [...list, {index: -1, action: read.defaultAction, comparisons: []}]);
  }
  const isSame =
    !isKill(read.defaultAction) &&
    [...read.rules].every(([number, list]) =>
      rules.get(number)!.every(({action}, at) => list[at]?.action === undefined || action === list[at].action),
    );
  return isSame ? undefined : {...read, rules, defaultAction: instead(read.defaultAction)};
}
