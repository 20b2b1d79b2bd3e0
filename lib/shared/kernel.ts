// Constants of the kernel, for the modules that need them before, or without, the addon. Each constant stands here only. The values are
// those of x86-64 and arm64. `constants` of namespawn/sys has the flags of system calls, which the addon reads from the kernel's headers.

// Error numbers, negated: the addon returns them in this form. include/uapi/asm-generic/errno-base.h and errno.h
export const EPERM = -1;
export const ENOENT = -2;
export const ESRCH = -3;
export const EIO = -5;
export const EBADF = -9;
export const EAGAIN = -11;
export const EACCES = -13;
export const EEXIST = -17;
export const EINVAL = -22;
export const ENOTTY = -25;
export const EFBIG = -27;
export const EPIPE = -32;
export const ECONNRESET = -104;
export const ENOBUFS = -105;

// Signals. include/uapi/asm-generic/signal.h
export const SIGKILL = 9;
export const SIGTERM = 15;
export const SIGCHLD = 17;
/** The first real-time signal of libc. The kernel's first two (32 and 33) are reserved for libc itself. */
export const SIGRTMIN = 34;
/** The last signal: _NSIG. */
export const SIGRTMAX = 64;

/** The `si_code` of a process that has exited. Other codes mean that a signal has ended it. include/uapi/asm-generic/siginfo.h */
export const CLD_EXITED = 1;

// What `id` of waitid(2) is. include/uapi/linux/wait.h
export const P_PID = 1;
export const P_PIDFD = 3;

// Capabilities. include/uapi/linux/capability.h
export const CAP_SETGID = 6;
export const CAP_SETUID = 7;
export const CAP_SYS_ADMIN = 21;
export const CAP_SYS_RESOURCE = 24;
/** Since Linux 5.12. */
export const CAP_SETFCAP = 31;

// How a mount propagates. include/uapi/linux/mount.h
export const MS_PRIVATE = 1 << 18;
export const MS_SLAVE = 1 << 19;
export const MS_SHARED = 1 << 20;

/** The largest value of /proc/sys/kernel/pid_max. include/linux/threads.h */
export const PID_MAX_LIMIT = 4194304;

/** The largest `int`, and so the largest descriptor and pid_t. include/vdso/limits.h */
export const INT_MAX = 0x7fffffff;
