// How nsinit has ended: the only place that reads the status of its process.
import {SIGKILL} from '../../shared/kernel.js';
import {native} from '../../shared/native.js';
import {signalName} from '../../shared/validate.js';

/** How nsinit has ended. */
export interface InitEnd {
  /** Its exit code, or null if a signal has ended it. */
  exitCode: number | null;
  /**
   * The signal that has ended it, or null if it has exited. SIGHUP and SIGINT mean that a process inside has called reboot(2). It is SIGKILL
   * as well if another part of the program has reaped nsinit, so that its status is unknown.
   */
  signal: NodeJS.Signals | null;
  /** Whether the kernel has refused a system call that nsinit cannot do without. */
  isBroken: boolean;
  /** Whether it had to kill processes, because they did not end within the grace time of a shutdown. */
  isForced: boolean;
}

/**
 * Decodes the result of waitid(2).
 * @param code - `si_code`, or 0 if another part of the program has reaped nsinit
 * @param status - `si_status`
 */
export function decodeInitEnd(code: number, status: number): InitEnd {
  if (code !== native().internalConstants.CLD_EXITED) {
    return {exitCode: null, signal: signalName(code === 0 ? SIGKILL : status), isBroken: false, isForced: false};
  }
  const {exits} = native().protocol;
  return {exitCode: status, signal: null, isBroken: status === exits.BROKEN, isForced: status === exits.FORCED};
}
