// What the kernel takes and its own headers do not give to programs without libc.
#pragma once

#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/uio.h>
#include <stddef.h>
#include <stdint.h>

// include/linux/socket.h of the kernel
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

#define AF_INET 2
#define SOCK_DGRAM 2

// linux/if.h, as far as SIOCSIFFLAGS reads it
struct interface_flags {
  char name[16];
  short flags;
  char unused[22];
};
#define IFF_UP 1
#define IFF_RUNNING 0x40

// linux/mount.h includes libc's in some versions
#define MS_NOSUID 2
#define MS_NODEV 4
#define MS_NOEXEC 8
#define MS_REC 16384

#define SIG_SETMASK 2
#define SIGKILL 9
#define SIGCHLD 17
#define SIGCONT 18
#define SIGSTOP 19
#define SIGNAL_COUNT 64
#define SI_KERNEL 0x80
#define SI_QUEUE -1

#define WNOHANG 1
#define WALL 0x40000000
#define WEXITED 4
#define WNOWAIT 0x01000000
#define P_ALL 0
