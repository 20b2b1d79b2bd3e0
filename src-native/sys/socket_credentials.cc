// Sends and receives credentials through a Unix socket. The kernel translates them to the receiver's namespaces.
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "launch/room.h"
#include "module.h"
#include "protocol/compatibility.h"
#include "unique_fd.h"

namespace namespawn {

static int Int(const Napi::CallbackInfo &info, size_t index) { return info[index].As<Napi::Number>().Int32Value(); }

static Napi::Object Credentials(Napi::Env env, const ucred &credentials) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("pid", Napi::Number::New(env, credentials.pid));
  object.Set("uid", Napi::Number::New(env, credentials.uid));
  object.Set("gid", Napi::Number::New(env, credentials.gid));
  return object;
}

static Napi::Value SocketPair(const Napi::CallbackInfo &info) {
  int ends[2];
  if (WithRoom([&] { return socketpair(AF_UNIX, Int(info, 0) | SOCK_CLOEXEC, 0, ends); }) != 0)
    return Result(info.Env(), -1, errno);
  for (const int end : ends) Keep(end);
  Napi::Array pair = Napi::Array::New(info.Env(), 2);
  pair.Set(0u, Napi::Number::New(info.Env(), ends[0]));
  pair.Set(1u, Napi::Number::New(info.Env(), ends[1]));
  return pair;
}

// sendCredentials(fd, pid, uid, gid, data)
static Napi::Value SendCredentials(const Napi::CallbackInfo &info) {
  const ucred credentials{Int(info, 1), info[2].As<Napi::Number>().Uint32Value(),
                          info[3].As<Napi::Number>().Uint32Value()};
  auto data = info[4].As<Napi::Uint8Array>();
  iovec part{data.Data(), data.ByteLength()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof credentials)> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_CREDENTIALS;
  header->cmsg_len = CMSG_LEN(sizeof credentials);
  memcpy(CMSG_DATA(header), &credentials, sizeof credentials);
  ssize_t result;
  do {
    result = sendmsg(Int(info, 0), &message, MSG_NOSIGNAL);
  } while (result < 0 && errno == EINTR);
  return Result(info.Env(), result, errno);
}

// receiveCredentials(fd, buffer): {length, truncated, pid?, uid?, gid?, pidfd?}
static Napi::Value ReceiveCredentials(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  auto buffer = info[1].As<Napi::Uint8Array>();
  iovec part{buffer.Data(), buffer.ByteLength()};
  // There is room for SCM_RIGHTS as well. The kernel discards descriptors that do not fit, and this function closes those that do.
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred)) + 2 * CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t length;
  do {
    length = recvmsg(Int(info, 0), &message, MSG_CMSG_CLOEXEC);
  } while (length < 0 && errno == EINTR);
  if (length < 0) return Result(env, -1, errno);
  Napi::Object result = Napi::Object::New(env);
  UniqueFd pidfd;
  for (cmsghdr *header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET) continue;
    if (header->cmsg_type == SCM_CREDENTIALS) {
      ucred credentials;
      memcpy(&credentials, CMSG_DATA(header), sizeof credentials);
      result = Credentials(env, credentials);
    } else if (header->cmsg_type == SCM_PIDFD) {
      int fd;
      memcpy(&fd, CMSG_DATA(header), sizeof fd);
      pidfd.reset(fd);
    } else if (header->cmsg_type == SCM_RIGHTS) {
      for (size_t at = CMSG_LEN(0); at + sizeof(int) <= header->cmsg_len; at += sizeof(int)) {
        int fd;
        memcpy(&fd, reinterpret_cast<char *>(header) + at, sizeof fd);
        const UniqueFd unwanted(fd);
      }
    }
  }
  if (pidfd) result.Set("pidfd", Napi::Number::New(env, Keep(pidfd.release())));
  result.Set("length", Napi::Number::New(env, static_cast<double>(length)));
  result.Set("truncated", Napi::Boolean::New(env, (message.msg_flags & MSG_TRUNC) != 0));
  return result;
}

// setSocketOption(fd, option, value)
static Napi::Value SetSocketOption(const Napi::CallbackInfo &info) {
  const int value = Int(info, 2);
  const int result = setsockopt(Int(info, 0), SOL_SOCKET, Int(info, 1), &value, sizeof value);
  return Result(info.Env(), result, errno);
}

static Napi::Value PeerCredentials(const Napi::CallbackInfo &info) {
  ucred credentials;
  socklen_t length = sizeof credentials;
  if (getsockopt(Int(info, 0), SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0)
    return Result(info.Env(), -1, errno);
  return Credentials(info.Env(), credentials);
}

static Napi::Value PeerPidfd(const Napi::CallbackInfo &info) {
  int pidfd = -1;
  socklen_t length = sizeof pidfd;
  if (getsockopt(Int(info, 0), SOL_SOCKET, SO_PEERPIDFD, &pidfd, &length) != 0) return Result(info.Env(), -1, errno);
  return Napi::Number::New(info.Env(), Keep(pidfd));
}

void RegisterSocketCredentials(Napi::Env env, Napi::Object exports) {
  Register<SocketPair>(env, exports, "unixSocketPair");
  Register<SendCredentials>(env, exports, "sendCredentials");
  Register<ReceiveCredentials>(env, exports, "receiveCredentials");
  Register<SetSocketOption>(env, exports, "setSocketOption");
  Register<PeerCredentials>(env, exports, "peerCredentials");
  Register<PeerPidfd>(env, exports, "peerPidfd");
}

}  // namespace namespawn
