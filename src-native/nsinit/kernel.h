// Types and constants of the kernel that its headers do not provide without libc.
#pragma once

#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/signal.h>
#include <linux/time_types.h>
#include <linux/uio.h>
#include <linux/wait.h>
#include <stddef.h>
#include <stdint.h>

#include "../protocol/durations.h"
#include "../protocol/socket_families.h"

// include/linux/socket.h of the kernel.
struct msghdr {
  void *msg_name;
  int msg_namelen;
  struct iovec *msg_iov;
  size_t msg_iovlen;
  void *msg_control;
  size_t msg_controllen;
  unsigned msg_flags;
};

struct cmsghdr {
  size_t cmsg_len;
  int cmsg_level, cmsg_type;
};

#define CMSG_LENGTH(size) (sizeof(struct cmsghdr) + (size))
#define CMSG_ROOM(size) ((CMSG_LENGTH(size) + sizeof(size_t) - 1) & ~(sizeof(size_t) - 1))
#define SOL_SOCKET 1
#define SCM_RIGHTS 1
#define SCM_CREDENTIALS 2
#define MSG_CTRUNC 0x8
#define MSG_TRUNC 0x20
#define MSG_DONTWAIT 0x40
#define MSG_NOSIGNAL 0x4000
#define MSG_CMSG_CLOEXEC 0x40000000

#define SOCK_DGRAM 2

// include/linux/fs.h and include/uapi/linux/fcntl.h
#define MNT_DETACH 2
#define LOCK_EX 2
#define LOCK_NB 4

// The beginning of struct ifreq of linux/if.h, which includes libc's headers. SIOCSIFFLAGS reads no more of it.
struct interface_flags {
  char name[16];
  short flags;
  char unused[22];
};
#define IFF_UP 1
#define IFF_RUNNING 0x40

// The kernel's sigset_t has 64 bits: one for each signal, from 1 on.
#define SIGNAL_COUNT (8 * (int)sizeof(uint64_t))

static inline struct __kernel_timespec to_timespec(int64_t ns) {
  const struct __kernel_timespec time = {ns / NS_PER_S, ns % NS_PER_S};
  return time;
}
