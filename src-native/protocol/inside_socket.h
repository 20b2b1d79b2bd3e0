// A socket in the net namespace of whoever calls: a thread of Node's that has entered it (inside/socket_thread.cc), or nsinit
// (nsinit/socket.c). A socket belongs to the namespace in which it was made for as long as it is open, wherever its owner is. Both are
// linked with this code, which needs no libc.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The largest address: struct sockaddr_un.
#define INSIDE_SOCKET_ADDRESS_MAX 110

#define INSIDE_SOCKET_BIND 1u
#define INSIDE_SOCKET_LISTEN 2u
#define INSIDE_SOCKET_REUSE_ADDRESS 4u
#define INSIDE_SOCKET_REUSE_PORT 8u
#define INSIDE_SOCKET_IPV6_ONLY 16u
#define INSIDE_SOCKET_CONNECT 64u  // of a Unix socket: it is connected at once, or refused
#define INSIDE_SOCKET_OR_IPV4 32u  // where there is no IPv6: the wildcard address of IPv4

struct inside_socket {
  uint32_t type;        // SOCK_*
  uint32_t flags;       // INSIDE_SOCKET_*
  const void *address;  // struct sockaddr; its family is that of the socket
  uint32_t address_size;
};

// Makes the socket: non-blocking, and closed on exec. Returns it, or the negative errno, and the number of the system call that failed.
long make_inside_socket(const struct inside_socket *wanted, int *failed_call);

#ifdef __cplusplus
}
#endif
