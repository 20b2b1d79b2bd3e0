#include "inside_socket.h"

#include <asm/socket.h>
#include <linux/fcntl.h>

#include "raw_syscall.h"
#include "socket_families.h"

// linux/in.h and linux/in6.h, which include libc's headers in some versions.
#define IPPROTO_IPV6 41
#define IPV6_V6ONLY 26
// The length of the queue until Node calls listen(2) again with the one that the program has asked for.
#define BACKLOG 511

// struct sockaddr_in, and the beginning of struct sockaddr_in6.
struct ip_address {
  uint16_t family, port;
  uint8_t rest[12];
};

static long set_option(long fd, int level, int name, int value) {
  return RAW_SYSCALL(setsockopt, fd, level, name, &value, sizeof value);
}

static long set_up_socket(long fd, const struct inside_socket *wanted, int *failed_call) {
  const int family = *(const uint16_t *)wanted->address;
  const uint32_t flags = wanted->flags;
  long error = 0;
  *failed_call = __NR_setsockopt;
  if (flags & INSIDE_SOCKET_REUSE_ADDRESS) error = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (error == 0 && flags & INSIDE_SOCKET_REUSE_PORT) error = set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  // This is always set, because net.ipv6.bindv6only of the namespace determines the default.
  if (error == 0 && family == AF_INET6)
    error = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, (flags & INSIDE_SOCKET_IPV6_ONLY) != 0);
  if (error == 0 && flags & INSIDE_SOCKET_BIND) {
    *failed_call = __NR_bind;
    error = RAW_SYSCALL(bind, fd, wanted->address, wanted->address_size);
  }
  if (error == 0 && flags & INSIDE_SOCKET_LISTEN) {
    *failed_call = __NR_listen;
    error = RAW_SYSCALL(listen, fd, BACKLOG);
  }
  if (error == 0 && flags & INSIDE_SOCKET_CONNECT) {
    *failed_call = __NR_connect;
    error = RAW_SYSCALL(connect, fd, wanted->address, wanted->address_size);
  }
  return error;
}

static long make_of_family(const struct inside_socket *wanted, int *failed_call) {
  *failed_call = __NR_socket;
  const long fd = RAW_SYSCALL(socket, *(const uint16_t *)wanted->address, wanted->type | O_CLOEXEC | O_NONBLOCK, 0);
  if (fd < 0) return fd;
  const long error = set_up_socket(fd, wanted, failed_call);
  if (error == 0) return fd;
  RAW_SYSCALL(close, fd);
  return error;
}

long make_inside_socket(const struct inside_socket *wanted, int *failed_call) {
  const long fd = make_of_family(wanted, failed_call);
  const int has_no_ipv6 = fd == -EAFNOSUPPORT || fd == -EADDRNOTAVAIL;
  if (!has_no_ipv6 || !(wanted->flags & INSIDE_SOCKET_OR_IPV4)) return fd;
  struct ip_address any;
  any.family = AF_INET;
  any.port = ((const struct ip_address *)wanted->address)->port;
  for (unsigned i = 0; i < sizeof any.rest; i++) any.rest[i] = 0;
  const struct inside_socket instead = {wanted->type, wanted->flags, &any, sizeof any};
  return make_of_family(&instead, failed_call);
}
