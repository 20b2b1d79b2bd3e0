// Constants of the kernel that the addon does not have, or that are needed before it is loaded. `constants` of namespawn/sys has the flags of
// system calls, which the addon reads from the kernel's headers.
import {constants} from 'node:os';

const {errno, signals} = constants;

// Error numbers, negated: the addon returns them in this form.
export const EPERM = -errno.EPERM;
export const ENOENT = -errno.ENOENT;
export const ESRCH = -errno.ESRCH;
export const EIO = -errno.EIO;
export const EBADF = -errno.EBADF;
export const EAGAIN = -errno.EAGAIN;
export const EACCES = -errno.EACCES;
export const EEXIST = -errno.EEXIST;
export const EISDIR = -errno.EISDIR;
export const EINVAL = -errno.EINVAL;
export const ENOTTY = -errno.ENOTTY;
export const EFBIG = -errno.EFBIG;
export const EPIPE = -errno.EPIPE;
export const EPROTO = -errno.EPROTO;
export const ECONNRESET = -errno.ECONNRESET;
export const EILSEQ = -errno.EILSEQ;
export const EOVERFLOW = -errno.EOVERFLOW;
export const ENOBUFS = -errno.ENOBUFS;
export const ETIMEDOUT = -errno.ETIMEDOUT;
export const ENOTSUP = -errno.EOPNOTSUPP;

export const SIGKILL = signals.SIGKILL;
export const SIGTERM = signals.SIGTERM;
export const SIGCHLD = signals.SIGCHLD;
/** The first real-time signal of libc. The kernel's first two (32 and 33) are reserved for libc itself. */
export const SIGRTMIN = 34;
/** The last signal: _NSIG. */
export const SIGRTMAX = 64;

// include/linux/net.h
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;

/** The largest value of /proc/sys/kernel/pid_max. include/linux/threads.h */
export const PID_MAX_LIMIT = 4194304;

/** The largest `int`, and so the largest descriptor and pid_t. include/vdso/limits.h */
export const INT_MAX = 0x7fffffff;
