// Which way of translating PIDs the kernel has.
import {native} from '../native.js';

/**
 * How PIDs are translated: `ioctl` asks the kernel (NS_GET_PID_IN_PIDNS and NS_GET_PID_FROM_PIDNS, Linux 6.11),
 * `proc` reads the NSpid of /proc/PID/status.
 */
export type TranslationMethod = 'ioctl' | 'proc';

const PIDFD_GET_PID_NAMESPACE = 5;
let found: TranslationMethod | undefined;

/** The method that is in use here where none is asked for: `ioctl` where the kernel has it. Tried for real, once. */
export function translationMethod(): TranslationMethod {
  found ??= ioctlsWork() ? 'ioctl' : 'proc';
  return found;
}

function ioctlsWork(): boolean {
  const pidfd = native().pidfdOpen(process.pid, 0);
  if (pidfd < 0) return false;
  const fd = native().pidfdGetNamespace(pidfd, PIDFD_GET_PID_NAMESPACE);
  native().close(pidfd);
  if (fd < 0) return false;
  const works = native().nsGetPidInPidns(fd, process.pid) === process.pid;
  native().close(fd);
  return works;
}
