// waitid(2) and waitpid(2), at once or by a promise.
import {connect, hold, onWait, readUsage, release, type Usage, usageLength} from '../channel/events.js';
import {invalidArgType, invalidArgValue, NamespaceError} from '../errors.js';
import {native} from '../native.js';
import {own} from '../options/own.js';
import {validateInteger, validateObject} from '../validate.js';
import {checked} from './answer.js';
import {constants} from './constants.js';

/** Whom to wait for: a child by PID, or by pidfd. */
export type WaitTarget = {pid: number} | {pidfd: number};

/** What waitid(2) tells. */
export interface WaitResult {
  pid: number;
  uid: number;
  /** Why: CLD_EXITED 1, CLD_KILLED 2, CLD_DUMPED 3, CLD_TRAPPED 4, CLD_STOPPED 5, CLD_CONTINUED 6. */
  code: number;
  /** The exit code, or the signal. */
  status: number;
  /** What the child and those it waited for have used. */
  usage: Usage;
}

const P_PID = 1;
const P_PIDFD = 3;
const maxInt = 0x7fffffff;
const statusHead = 4;
const numbers = new Float64Array(statusHead + usageLength);

/**
 * Waits for a child to change its state: waitid(2).
 *
 * With WNOHANG it answers at once, undefined where nothing has happened. Without, it answers a promise, which holds neither the
 * event loop nor a thread of the pool; it waits for the end of the child only (WEXITED), by a pidfd. Children of every kind are
 * waited for, as with __WALL. Privilege: none. Linux 5.4.
 *
 * @param target - a child of this process
 * @param options - WEXITED (default), WSTOPPED, WCONTINUED, WNOWAIT, WNOHANG
 * @throws NamespaceError ECHILD where it is no child, or was waited for already; ESRCH, EBADF. The promise rejects with the same.
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
 * Waits for the end of a child: waitpid(2), for one child by its PID.
 *
 * @param pid - of a child; waiting for any (-1) or a group would take the children of others in this process, and is refused
 * @param options - 0 for a promise, WNOHANG for an answer at once
 * @throws as {@link waitid}
 */
export function waitpid(pid: number, options: number): WaitResult | undefined | Promise<WaitResult>;
export function waitpid(pid: number): Promise<WaitResult>;
export function waitpid(pid: number, options = 0): WaitResult | undefined | Promise<WaitResult> {
  return waitid({pid}, options | constants.WEXITED);
}

function readTarget(given: unknown): {type: number; id: number} {
  validateObject(given, 'target');
  const target = own<Record<string, unknown>>(given);
  if ('pidfd' in target) {
    validateInteger(target.pidfd, 'target.pidfd', 0, maxInt);
    return {type: P_PIDFD, id: target.pidfd};
  }
  if (!('pid' in target)) throw invalidArgType('target', 'an object {pid} or {pidfd}', target);
  validateInteger(target.pid, 'target.pid', 1, maxInt);
  return {type: P_PID, id: target.pid};
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
  // Not a child, or waited for already: told at once and not by a silence.
  checked(
    native().waitid(type, id, options | constants.WNOHANG | constants.WNOWAIT | constants.__WALL, numbers),
    'waitid',
  );
  const pidfd = type === P_PIDFD ? id : checked(native().pidfdOpen(id, 0), 'pidfd_open');
  let wait: number;
  try {
    wait = checked(native().waitForExit(pidfd, options | constants.__WALL), 'waitid');
  } finally {
    if (type !== P_PIDFD) native().close(pidfd);
  }
  hold();
  return new Promise((resolve, reject) => {
    onWait(wait, ([error, ...fields]) => {
      release();
      if (error! < 0) reject(new NamespaceError({errno: error!, syscall: 'waitid'}));
      else resolve(readResult(fields));
    });
  });
}
