// Keeps namespaces by mounts on files, as `unshare --net=FILE` and ip-netns(8) do, and receives those that nsinit has made.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "launch/room.h"
#include "module.h"
#include "protocol/compatibility.h"
#include "protocol/protocol.h"
#include "unique_fd.h"

namespace namespawn {

// bindNamespace(fd, path): needs no /proc, which mount(2) would.
static Napi::Value BindNamespace(const Napi::CallbackInfo &info) {
  const int fd = info[0].As<Napi::Number>().Int32Value();
  const std::string path = info[1].As<Napi::String>();
  const auto open_tree = [&] { return syscall(SYS_open_tree, fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | O_CLOEXEC); };
  const UniqueFd tree(static_cast<int>(WithRoom(open_tree)));
  if (!tree) return Result(info.Env(), -1, errno);
  const int flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS;
  return Result(info.Env(), syscall(SYS_move_mount, tree.get(), "", AT_FDCWD, path.c_str(), flags), errno);
}

// mount(source, target, flags): a bind mount, or a change of the propagation.
static Napi::Value Mount(const Napi::CallbackInfo &info) {
  const std::string source = info[0].As<Napi::String>(), target = info[1].As<Napi::String>();
  const unsigned long flags = info[2].As<Napi::Number>().Uint32Value();
  return Result(info.Env(), mount(source.c_str(), target.c_str(), "none", flags, nullptr), errno);
}

// unmount(path): what is in use goes once it is not. Symbolic links are not followed.
static Napi::Value Unmount(const Napi::CallbackInfo &info) {
  const std::string path = info[0].As<Napi::String>();
  return Result(info.Env(), umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW), errno);
}

// receiveNamespaces(socket): the descriptors that nsinit's SEND_NAMESPACES has sent, in its order, or the negative errno.
static Napi::Value ReceiveNamespaces(const Napi::CallbackInfo &info) {
  constexpr size_t room = sizeof(int) * NSINIT_NAMESPACE_COUNT;
  char byte;
  iovec part = {&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(room)];
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = CMSG_LEN(room);
  const int socket = info[0].As<Napi::Number>().Int32Value();
  if (recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0) return Result(info.Env(), -1, errno);
  Napi::Array received = Napi::Array::New(info.Env());
  const cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return received;
  const size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (size_t i = 0; i < count; i++) {
    int fd;
    memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
    received.Set(static_cast<uint32_t>(i), Napi::Number::New(info.Env(), Keep(fd)));
  }
  return received;
}

void RegisterKeep(Napi::Env env, Napi::Object exports) {
  Register<BindNamespace>(env, exports, "bindNamespace");
  Register<Mount>(env, exports, "mount");
  Register<Unmount>(env, exports, "unmount");
  Register<ReceiveNamespaces>(env, exports, "receiveNamespaces");
}

}  // namespace namespawn
