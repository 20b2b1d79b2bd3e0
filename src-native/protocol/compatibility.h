// Constants of the kernel that the headers of older systems lack (Debian 11, glibc 2.28). For C, also without libc, and for C++.
#pragma once

#include <asm/unistd.h>
#include <linux/ioctl.h>
#include <linux/sched.h>
#include <stdint.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080  // Linux 5.6
#endif
#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ULL  // Linux 5.5
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL  // Linux 5.7
#endif

// linux/close_range.h
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE (1U << 1)  // Linux 5.9
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)  // Linux 5.11
#endif

// linux/memfd.h and linux/fcntl.h
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U  // Linux 6.3
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020  // Linux 6.3
#endif

// linux/pidfd.h. PIDFD_NONBLOCK is O_NONBLOCK and PIDFD_THREAD is O_EXCL, which have the same values on x86-64 and arm64.
#ifndef PIDFD_NONBLOCK
#define PIDFD_NONBLOCK 04000  // Linux 5.10
#endif
#ifndef PIDFD_THREAD
#define PIDFD_THREAD 0200  // Linux 6.9
#endif
#ifndef PIDFD_SIGNAL_THREAD
#define PIDFD_SIGNAL_THREAD (1 << 0)  // Linux 6.9
#define PIDFD_SIGNAL_THREAD_GROUP (1 << 1)
#define PIDFD_SIGNAL_PROCESS_GROUP (1 << 2)
#endif
// The ioctls PIDFD_GET_CGROUP_NAMESPACE and so on, by the number in NSINIT_NAMESPACES (protocol.h). Linux 6.11.
#define NAMESPACE_OF_PIDFD(number) _IO(0xff, number)
// The first version of struct pidfd_info, which has 64 bytes, and PIDFD_GET_INFO with it. Linux 6.13.
struct pidfd_info_v1 {
  uint64_t mask, cgroupid;  // PIDFD_INFO_V1_*: which fields are wanted, and then which fields are set
  uint32_t pid, tgid, ppid;
  uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
  int32_t exit_code;
};
#define PIDFD_GET_INFO_V1 _IOWR(0xff, 11, struct pidfd_info_v1)
#define PIDFD_INFO_V1_PID 1
#define PIDFD_INFO_V1_CREDS 2
#define PIDFD_INFO_V1_CGROUPID 4
#define PIDFD_INFO_V1_EXIT 8

// linux/nsfs.h, Linux 6.11
#ifndef NS_GET_PID_FROM_PIDNS
#define NS_GET_PID_FROM_PIDNS _IOR(0xb7, 0x6, int)
#define NS_GET_TGID_FROM_PIDNS _IOR(0xb7, 0x7, int)
#define NS_GET_PID_IN_PIDNS _IOR(0xb7, 0x8, int)
#define NS_GET_TGID_IN_PIDNS _IOR(0xb7, 0x9, int)
#endif
#ifndef NS_GET_ID
#define NS_GET_ID _IOR(0xb7, 13, uint64_t)  // Linux 6.18
#endif

// asm/unistd.h
#ifndef __NR_listns
#define __NR_listns 470  // Linux 6.19
#endif

// linux/nsfs.h, Linux 6.18
#ifndef NS_GET_ID
#define NS_GET_ID _IOR(0xb7, 13, unsigned long long)
#endif

// linux/sockios.h, Linux 4.10
#ifndef SIOCGSKNS
#define SIOCGSKNS 0x894C
#endif

// linux/mount.h, Linux 5.2, which cannot be included beside some versions of libc's
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 0x00000004
#define MOVE_MOUNT_T_SYMLINKS 0x00000010
#endif

#ifndef MOVE_MOUNT_T_EMPTY_PATH
#define MOVE_MOUNT_T_EMPTY_PATH 0x00000040
#endif
#ifndef __NR_mount_setattr
#define __NR_mount_setattr 442  // Linux 5.12
#endif
// struct mount_attr
struct mount_attributes {
  uint64_t attr_set, attr_clr, propagation, userns_fd;
};

// asm-generic/socket.h, Linux 6.5
#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif
#ifndef SCM_PIDFD
#define SCM_PIDFD 0x04
#endif

#ifdef __cplusplus
// glibc 2.36 and newer define P_PIDFD in an enumeration, which the preprocessor does not see.
#define WAIT_FOR_PIDFD static_cast<idtype_t>(3)
#endif
