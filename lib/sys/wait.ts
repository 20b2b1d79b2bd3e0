// waitid(2) and waitpid(2). With WNOHANG they return immediately, otherwise they return a promise.

import {invalidArgType, invalidArgValue, NamespaceError} from '../errors/errors.js';
import {startReactor} from '../errors/threads.js';
import {connect, onWait, readUsage, type Usage, usageLength} from '../shared/events.js';
import {INT_MAX} from '../shared/kernel.js';
import {LoopReference} from '../shared/loop-reference.js';
import {native} from '../shared/native.js';
import {own} from '../shared/own.js';
import {validateInteger, validateObject} from '../shared/validate.js';
import {checked} from './checked.js';
import {constants} from './constants.js';

/** The child to wait for: its PID or a pidfd of it. */
export type WaitTarget = {pid: number} | {pidfd: number};

/** The result of {@link waitid}. */
export interface WaitResult {
  /** The PID of the child. */
  pid: number;
  /** The real user id of the child. */
  uid: number;
  /** What happened: CLD_EXITED 1, CLD_KILLED 2, CLD_DUMPED 3, CLD_TRAPPED 4, CLD_STOPPED 5, CLD_CONTINUED 6. */
  code: number;
  /** The exit code if `code` is CLD_EXITED, otherwise the number of the signal. */
  status: number;
  /** The resources used by the child and by those of its descendants that have been waited for. */
  usage: Usage;
}

const statusHead = 4;
const numbers = new Float64Array(statusHead + usageLength);

/**
 * Waits for a child to change its state: waitid(2). __WALL is always added, so children of every kind are waited for.
 *
 * With WNOHANG it returns immediately. Without WNOHANG it returns a promise. While the promise is pending, neither the event loop nor a
 * thread of libuv's pool is blocked. The promise waits only for the end of the child, so `options` must then be WEXITED, with or without
 * WNOWAIT.
 *
 * Privilege: none. Linux 5.4.
 *
 * @param target - a child of this process
 * @param options - a mask of WEXITED, WSTOPPED, WCONTINUED, WNOWAIT and WNOHANG, see {@link constants}. Default: WEXITED
 * @returns the result or a promise of it; undefined if WNOHANG is set and the child has not changed its state
 * @throws NamespaceError ECHILD if the target is no child of this process or has been waited for already; ESRCH; EBADF. Without WNOHANG
 * the promise rejects with these errors
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE
 * @see waitid(2)
 */
export function waitid(target: WaitTarget, options: number): WaitResult | undefined | Promise<WaitResult>;
export function waitid(target: WaitTarget): Promise<WaitResult>;
export function waitid(
  target: WaitTarget,
  options: number = constants.WEXITED,
): WaitResult | undefined | Promise<WaitResult> {
  validateInteger(options, 'options', 0, 0xffffffff);
  const {type, id} = readTarget(target);
  if ((options & constants.WNOHANG) !== 0) return waitNow(type, id, options);
  if ((options & constants.WEXITED) === 0 || (options & (constants.WSTOPPED | constants.WCONTINUED)) !== 0) {
    throw invalidArgValue('options', options, 'must be WEXITED alone, unless WNOHANG is in it');
  }
  return waitForExit(type, id, options);
}

/**
 * Waits for the end of one child: waitpid(2). See {@link waitid} for the results.
 *
 * Privilege: none. Linux 5.4.
 *
 * @param pid - the PID of a child. -1 (any child) and negative numbers (a process group) are refused, because they would reap children
 * that belong to other code in this process
 * @param options - 0 to return a promise (default), or WNOHANG to return immediately
 * @throws as {@link waitid}
 * @see waitpid(2)
 */
export function waitpid(pid: number, options: number): WaitResult | undefined | Promise<WaitResult>;
export function waitpid(pid: number): Promise<WaitResult>;
export function waitpid(pid: number, options = 0): WaitResult | undefined | Promise<WaitResult> {
  return waitid({pid}, options | constants.WEXITED);
}

function readTarget(given: unknown): {type: number; id: number} {
  validateObject(given, 'target');
  const {P_PID, P_PIDFD} = native().internalConstants;
  const target = own<Record<string, unknown>>(given);
  if ('pidfd' in target) {
    validateInteger(target.pidfd, 'target.pidfd', 0, INT_MAX);
    return {type: P_PIDFD!, id: target.pidfd};
  }
  if (!('pid' in target)) throw invalidArgType('target', 'an object {pid} or {pidfd}', target);
  validateInteger(target.pid, 'target.pid', 1, INT_MAX);
  return {type: P_PID!, id: target.pid};
}

function waitNow(type: number, id: number, options: number): WaitResult | undefined {
  checked(native().waitid(type, id, options | constants.__WALL, numbers), 'waitid');
  return numbers[0] === 0 ? undefined : readResult([...numbers]);
}

function readResult(fields: readonly number[]): WaitResult {
  const [pid, uid, code, status] = fields as [number, number, number, number];
  return {pid, uid, code, status, usage: readUsage(fields, statusHead)};
}

async function waitForExit(type: number, id: number, options: number): Promise<WaitResult> {
  connect();
  // Checked first, so that a target that is no child, or has been waited for already, is an error now and not only when the process ends.
  checked(
    native().waitid(type, id, options | constants.WNOHANG | constants.WNOWAIT | constants.__WALL, numbers),
    'waitid',
  );
  startReactor();
  const isPidfd = type === native().internalConstants.P_PIDFD;
  const pidfd = isPidfd ? id : checked(native().pidfdOpen(id, 0), 'pidfd_open');
  let wait: number;
  try {
    wait = checked(native().waitForExit(pidfd, options | constants.__WALL), 'waitid');
  } finally {
    if (!isPidfd) native().close(pidfd);
  }
  const reference = new LoopReference();
  reference.hold();
  return new Promise((resolve, reject) => {
    onWait(wait, ([error, ...fields]) => {
      reference.release();
      if (error! < 0) reject(new NamespaceError({errno: error!, syscall: 'waitid'}));
      else resolve(readResult(fields));
    });
  });
}
