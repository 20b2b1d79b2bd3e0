// Receives a socket that an nsinit has created after it has joined a user and a net namespace. This is for callers whose threads may not
// enter the net namespace (socket_thread.cc).
//
// Root inside must not be able to pass a descriptor of its own choice to Node. That nsinit is not dumpable, it starts no command, and only it
// has the other end of the channel. Node does not rely on that. It accepts one message with one descriptor, from the process that it has
// launched (the kernel provides SCM_CREDENTIALS), and only if the descriptor is a socket of the expected namespace, family, type, protocol
// and address, which listens or not and is connected or not as expected.
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>

#include "launch/room.h"
#include "module.h"
#include "protocol/inside_socket.h"
#include "unique_fd.h"

namespace namespawn {

struct Expected {
  pid_t pid;
  int net;  // a descriptor of the namespace
  int type;
  uint32_t flags;  // INSIDE_SOCKET_*
  const uint8_t *address;
  size_t address_size;
};

// socketChannel(pair): creates the channel. The first end receives credentials.
static Napi::Value SocketChannel(const Napi::CallbackInfo &info) {
  int pair[2];
  if (WithRoom([&] { return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair); }) < 0)
    return Result(info.Env(), -1, errno);
  for (const int fd : pair) Keep(fd);
  memcpy(info[0].As<Napi::Int32Array>().Data(), pair, sizeof pair);
  const int yes = 1;
  return Result(info.Env(), setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes), errno);
}

// Returns the descriptor or the negative errno.
static int Receive(int channel, pid_t pid) {
  char byte;
  iovec part = {&byte, 1};
  // There is room for a second descriptor, so that more than one is noticed.
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred)) + CMSG_SPACE(2 * sizeof(int))];
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (recvmsg(channel, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0) return -errno;
  UniqueFd first, second;
  bool is_from_nsinit = false;
  for (cmsghdr *header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET) continue;
    if (header->cmsg_type == SCM_CREDENTIALS) {
      ucred sender;
      memcpy(&sender, CMSG_DATA(header), sizeof sender);
      is_from_nsinit = sender.pid == pid;
    } else if (header->cmsg_type == SCM_RIGHTS) {
      int fds[2] = {-1, -1};
      memcpy(fds, CMSG_DATA(header), std::min(sizeof fds, header->cmsg_len - CMSG_LEN(0)));
      first.reset(fds[0]);
      second.reset(fds[1]);
    }
  }
  // The kernel leaves out a descriptor for which there is no free number, and sets MSG_CTRUNC.
  if (!first && (message.msg_flags & MSG_CTRUNC) != 0) return -EMFILE;
  return is_from_nsinit && first && !second ? first.release() : -EPROTO;
}

static int Option(int fd, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

static bool IsOfNamespace(int fd, int net) {
  const UniqueFd actual(WithRoom([&] { return ioctl(fd, SIOCGSKNS); }));
  struct stat one, other;
  return actual && fstat(actual.get(), &one) == 0 && fstat(net, &other) == 0 && one.st_dev == other.st_dev &&
         one.st_ino == other.st_ino;
}

// Port 0 stands for any port.
static bool HasAddress(int fd, const Expected &expected) {
  sockaddr_storage actual = {};
  socklen_t size = sizeof actual;
  if (getsockname(fd, reinterpret_cast<sockaddr *>(&actual), &size) < 0) return false;
  sockaddr_storage wanted = {};
  memcpy(&wanted, expected.address, std::min(expected.address_size, sizeof wanted));
  if (wanted.ss_family == AF_UNIX) return size == expected.address_size && memcmp(&actual, &wanted, size) == 0;
  // The port has the same offset in both families.
  const auto *to = reinterpret_cast<const sockaddr_in *>(&wanted), *of = reinterpret_cast<const sockaddr_in *>(&actual);
  if (to->sin_port != 0 && of->sin_port != to->sin_port) return false;
  if (wanted.ss_family == AF_INET) return of->sin_addr.s_addr == to->sin_addr.s_addr;
  // OR_IPV4: the wildcard address of IPv4 replaces that of IPv6.
  if (actual.ss_family == AF_INET) return of->sin_addr.s_addr == INADDR_ANY;
  return memcmp(&reinterpret_cast<const sockaddr_in6 *>(&wanted)->sin6_addr,
                &reinterpret_cast<const sockaddr_in6 *>(&actual)->sin6_addr, sizeof(in6_addr)) == 0;
}

// Returns whether the socket is connected to the expected address, or is not connected if none is expected.
static bool HasPeer(int fd, const Expected &expected) {
  sockaddr_storage peer = {};
  socklen_t size = sizeof peer;
  const bool has_peer = getpeername(fd, reinterpret_cast<sockaddr *>(&peer), &size) == 0;
  if ((expected.flags & INSIDE_SOCKET_CONNECT) == 0) return !has_peer && errno == ENOTCONN;
  return has_peer && size == expected.address_size && memcmp(&peer, expected.address, size) == 0;
}

static bool IsAsExpected(int fd, const Expected &expected) {
  const int family = expected.address[0] | expected.address[1] << 8, actual = Option(fd, SO_DOMAIN);
  if (actual != family && !((expected.flags & INSIDE_SOCKET_OR_IPV4) != 0 && actual == AF_INET)) return false;
  const int protocol = family == AF_UNIX ? 0 : expected.type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
  if (Option(fd, SO_TYPE) != expected.type || Option(fd, SO_PROTOCOL) != protocol) return false;
  if (Option(fd, SO_ACCEPTCONN) != ((expected.flags & INSIDE_SOCKET_LISTEN) != 0)) return false;
  if (!HasPeer(fd, expected)) return false;
  if ((expected.flags & INSIDE_SOCKET_BIND) != 0 && !HasAddress(fd, expected)) return false;
  const int status = fcntl(fd, F_GETFL);
  return status >= 0 && (status & O_NONBLOCK) != 0 && IsOfNamespace(fd, expected.net);
}

// receiveSocket(channel, pid, net, type, flags, address): returns the socket, or the negative errno; -EPROTO if it is not the expected one.
static Napi::Value ReceiveSocket(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const auto address = info[5].As<Napi::Uint8Array>();
  const Expected expected = {info[1].As<Napi::Number>().Int32Value(),
                             info[2].As<Napi::Number>().Int32Value(),
                             info[3].As<Napi::Number>().Int32Value(),
                             info[4].As<Napi::Number>().Uint32Value(),
                             address.Data(),
                             address.ByteLength()};
  const int fd = Receive(info[0].As<Napi::Number>().Int32Value(), expected.pid);
  if (fd < 0) return Napi::Number::New(env, fd);
  UniqueFd received(fd);
  if (!IsAsExpected(received.get(), expected)) return Result(env, -1, EPROTO);
  return Napi::Number::New(env, Keep(received.release()));
}

void RegisterReceivedSocket(Napi::Env env, Napi::Object exports) {
  Register<SocketChannel>(env, exports, "socketChannel");
  Register<ReceiveSocket>(env, exports, "receiveSocket");
}

}  // namespace namespawn
