// Chooses the way in which PIDs are translated.
import {native} from '../../shared/native.js';

/**
 * How PIDs are translated: by the kernel (`ioctl`: NS_GET_PID_IN_PIDNS and NS_GET_PID_FROM_PIDNS of ioctl_ns(2), Linux 6.11), or by reading
 * the field NSpid of /proc/PID/status (`proc`, any kernel).
 */
export type TranslationMethod = 'ioctl' | 'proc';

let found: TranslationMethod | undefined;

/**
 * Returns the method that is used where none is given: `ioctl` if it works on this machine, otherwise `proc`. The first call tries the
 * ioctl, later calls return the same result.
 *
 * Privilege: none.
 *
 * @throws ERR_FEATURE_UNAVAILABLE_ON_PLATFORM on other systems than Linux
 * @see ioctl_ns(2)
 */
export function translationMethod(): TranslationMethod {
  found ??= ioctlsWork() ? 'ioctl' : 'proc';
  return found;
}

function ioctlsWork(): boolean {
  const pidfd = native().pidfdOpen(process.pid, 0);
  if (pidfd < 0) return false;
  const fd = native().pidfdGetNamespace(pidfd, native().namespaceRequests.pid!);
  native().close(pidfd);
  if (fd < 0) return false;
  const works = native().nsGetPidInPidns(fd, process.pid) === process.pid;
  native().close(fd);
  return works;
}
