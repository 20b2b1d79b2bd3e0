// The actions of a profile, and the numbers that a program returns for them: SECCOMP_RET_* of linux/seccomp.h.
import {constants} from 'node:os';
import {invalidArgType, invalidArgValue} from '../shared/argument-errors.js';
import {listed} from '../shared/known-options.js';
import {isGiven, validateInteger} from '../shared/validate.js';
import type {SeccompAction} from './types.js';

export const killProcess = 0x80000000;
export const killThread = 0;
const errnoBase = 0x00050000;
const allow = 0x7fff0000;
const log = 0x7ffc0000;
export const notify = 0x7fc00000;

const returned: Readonly<Record<SeccompAction, number>> = {
  SCMP_ACT_ALLOW: allow,
  SCMP_ACT_ERRNO: errnoBase,
  SCMP_ACT_KILL: 0,
  SCMP_ACT_KILL_PROCESS: killProcess,
  SCMP_ACT_KILL_THREAD: 0,
  SCMP_ACT_LOG: log,
  SCMP_ACT_NOTIFY: notify,
  SCMP_ACT_TRAP: 0x00030000,
};

/** The largest errno that the kernel returns: MAX_ERRNO. */
const errnoMax = 4095;

/** Returns what a program returns for an errno. */
export const errnoAction = (errno: number): number => errnoBase | errno;

/**
 * Returns what a program returns for an action.
 * @param where - the action's path, for errors
 */
export function readAction(
  action: unknown,
  {number, name}: {number: unknown; name: unknown},
  where: {action: string; number: string; name: string},
): number {
  if (typeof action !== 'string') throw invalidArgType(where.action, 'of type string', action);
  if (action === 'SCMP_ACT_TRACE') {
    throw invalidArgValue(where.action, action, 'is not supported: nobody traces the command');
  }
  if (!Object.hasOwn(returned, action)) {
    throw invalidArgValue(where.action, action, `must be one of ${listed(Object.keys(returned), action)}`);
  }
  if (action !== 'SCMP_ACT_ERRNO') return returned[action as SeccompAction];
  if (isGiven(name)) {
    const {errno} = constants;
    if (typeof name !== 'string' || !Object.hasOwn(errno, name)) {
      throw invalidArgValue(where.name, name, 'must be the name of an errno');
    }
    return errnoAction(errno[name as keyof typeof errno]);
  }
  if (!isGiven(number)) return errnoAction(constants.errno.EPERM);
  validateInteger(number, where.number, 0, errnoMax);
  return errnoAction(number);
}

/** Returns whether a call is carried out. */
export const isPermitting = (value: number): boolean => value === allow || value === log;

/** Returns the action for what a program returns, and its errno. */
export function actionOf(value: number): {action: SeccompAction; errno: number | undefined} {
  if (value === 0) return {action: 'SCMP_ACT_KILL_THREAD', errno: undefined};
  if ((value & 0xffff0000) === errnoBase) return {action: 'SCMP_ACT_ERRNO', errno: value & 0xffff};
  const found = Object.entries(returned).find(([, number]) => number === value)!;
  return {action: found[0] as SeccompAction, errno: undefined};
}
