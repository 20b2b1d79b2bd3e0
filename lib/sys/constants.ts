import {native} from '../shared/native.js';
import {own} from '../shared/own.js';

/** The names of {@link constants}. */
export type ConstantName =
  | 'CLONE_VM'
  | 'CLONE_FS'
  | 'CLONE_FILES'
  | 'CLONE_SIGHAND'
  | 'CLONE_PIDFD'
  | 'CLONE_PTRACE'
  | 'CLONE_VFORK'
  | 'CLONE_PARENT'
  | 'CLONE_SYSVSEM'
  | 'CLONE_IO'
  | 'CLONE_CLEAR_SIGHAND'
  | 'CLONE_INTO_CGROUP'
  | 'CLONE_NEWCGROUP'
  | 'CLONE_NEWIPC'
  | 'CLONE_NEWNET'
  | 'CLONE_NEWNS'
  | 'CLONE_NEWPID'
  | 'CLONE_NEWTIME'
  | 'CLONE_NEWUSER'
  | 'CLONE_NEWUTS'
  | 'WNOHANG'
  | 'WUNTRACED'
  | 'WSTOPPED'
  | 'WEXITED'
  | 'WCONTINUED'
  | 'WNOWAIT'
  | '__WALL'
  | '__WCLONE'
  | '__WNOTHREAD'
  | 'PIDFD_NONBLOCK'
  | 'PIDFD_THREAD'
  | 'PIDFD_SIGNAL_THREAD'
  | 'PIDFD_SIGNAL_THREAD_GROUP'
  | 'PIDFD_SIGNAL_PROCESS_GROUP';

/**
 * Constants by their kernel names, with the values of the kernel's headers. The addon is loaded when a constant is first read.
 * @throws ERR_FEATURE_UNAVAILABLE_ON_PLATFORM when a constant is read on another system than Linux
 * @see clone(2), waitid(2), pidfd_open(2), pidfd_send_signal(2)
 */
export const constants: Readonly<Record<ConstantName, number>> = new Proxy({} as Record<ConstantName, number>, {
  get: (_, name) => own(native().constants)[name as string],
  has: (_, name) => Object.hasOwn(native().constants, name),
  ownKeys: () => Object.keys(native().constants),
  getOwnPropertyDescriptor: (_, name) => Object.getOwnPropertyDescriptor(native().constants, name),
});
