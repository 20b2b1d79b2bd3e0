// Creates a socket in the net namespace of the caller: a thread of Node that has entered that namespace (inside/socket_thread.cc), or nsinit
// (nsinit/socket.c). As long as a socket is open it belongs to the namespace in which it was created, whichever process has it. Both are
// linked with this code, which needs no libc.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The largest address: struct sockaddr_un.
#define INSIDE_SOCKET_ADDRESS_MAX 110

// The flags of a socket.
//   CONNECT  of a Unix socket: it is connected at once, or the call fails
//   OR_IPV4  without IPv6 the wildcard address of IPv4 is used
// clang-format off
#define INSIDE_SOCKET_FLAGS(X) \
  X(BIND, 1) X(LISTEN, 2) X(REUSE_ADDRESS, 4) X(REUSE_PORT, 8) X(IPV6_ONLY, 16) X(OR_IPV4, 32) X(CONNECT, 64)
// clang-format on
#define INSIDE_SOCKET_ENUM(name, value) INSIDE_SOCKET_##name = value,
enum inside_socket_flag { INSIDE_SOCKET_FLAGS(INSIDE_SOCKET_ENUM) };
#undef INSIDE_SOCKET_ENUM

struct inside_socket {
  uint32_t type;        // SOCK_*
  uint32_t flags;       // INSIDE_SOCKET_*
  const void *address;  // struct sockaddr; its family is that of the socket
  uint32_t address_size;
};

// Creates the socket, which is non-blocking and close-on-exec. Returns it, or the negative errno and the number of the call that has failed.
long make_inside_socket(const struct inside_socket *wanted, int *failed_call);

#ifdef __cplusplus
}
#endif
