// The masters of pseudo-terminals, and pipes that are read and written in the same way.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>

#include "launch/room.h"
#include "module.h"
#include "protocol/protocol.h"
#include "reactor/watched_fd.h"
#include "stdio/receive_descriptor.h"
#include "unique_fd.h"

namespace namespawn {

namespace {

// Returns the descriptor or the negative errno. The command may send any file as the master, so this returns ENOTTY unless it is a master.
int ReceiveMaster(int socket) {
  FailedCall failed;
  UniqueFd master = ReceiveDescriptor(socket, &failed);
  if (failed && failed.error != -EPROTO) return failed.error;
  if (!master) return -ENOTTY;
  const int received = master.get();
  struct stat status;
  unsigned number;
  const bool is_master = fstat(received, &status) == 0 && S_ISCHR(status.st_mode) &&
                         major(status.st_rdev) == NSINIT_PTMX_MAJOR && minor(status.st_rdev) == NSINIT_PTMX_MINOR &&
                         ioctl(received, TIOCGPTN, &number) == 0;
  if (!is_master) return -ENOTTY;
  // nsinit has opened it with this flag, but what comes from inside is not trusted.
  const int flags = fcntl(received, F_GETFL);
  if (flags < 0 || fcntl(received, F_SETFL, flags | O_NONBLOCK) < 0) return -errno;
  return master.release();
}

bool IsHungUp(int fd) {
  pollfd master = {fd, 0, 0};
  return poll(&master, 1, 0) > 0 && (master.revents & POLLHUP) != 0;
}

}  // namespace

// watchPipe(fd): watches the end of a pipe or a socket, which is then read and written as a terminal is. The caller keeps its descriptor.
// Returns the id or the negative errno.
static Napi::Value WatchPipe(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const int fd = info[0].As<Napi::Number>().Int32Value();
  UniqueFd own(WithRoom([&] { return fcntl(fd, F_DUPFD_CLOEXEC, 0); }));
  const int flags = own ? fcntl(fd, F_GETFL) : -1;
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return Result(env, -1, errno);
  return Result(env, WatchedFd::Add(env, std::move(own)), 0);
}

// endPipe(id): ends the writing to a socket. ENOTSOCK for a pipe.
static Napi::Value EndPipe(const Napi::CallbackInfo &info) {
  const auto terminal = WatchedFd::Find(info[0]);
  if (terminal == nullptr) return Result(info.Env(), -1, EBADF);
  return Result(info.Env(), shutdown(terminal->fd(), SHUT_WR), errno);
}

// openTerminal(socket): takes the master that the command's process has sent. The command must have been executed. Returns the id that the
// events of the terminal have, or the negative errno.
static Napi::Value OpenTerminal(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  UniqueFd master(ReceiveMaster(info[0].As<Napi::Number>().Int32Value()));
  if (!master) return Result(env, -1, -master.release());
  return Result(env, WatchedFd::Add(env, std::move(master)), 0);
}

// readTerminal(id, buffer): reads until the buffer is full or there is no more data. Returns the number of bytes or the negative errno:
// EAGAIN if there is no data, EIO if no process has the slave open.
static Napi::Value ReadTerminal(const Napi::CallbackInfo &info) {
  const auto terminal = WatchedFd::Find(info[0]);
  if (terminal == nullptr) return Result(info.Env(), -1, EBADF);
  auto buffer = info[1].As<Napi::Uint8Array>();
  const size_t room = buffer.ElementLength();
  const int fd = terminal->Attempt();
  size_t length = 0;
  // A terminal returns at most 4 KB for each read.
  while (length < room) {
    const ssize_t count = read(fd, buffer.Data() + length, room - length);
    if (count < 0 && errno == EINTR) continue;
    // If the error lasts, the next call returns it.
    if (count < 0 && length == 0) return Result(info.Env(), -1, errno);
    if (count <= 0) break;
    length += static_cast<size_t>(count);
  }
  return Result(info.Env(), static_cast<long>(length), 0);
}

// writeTerminal(id, buffer, offset, max): writes what follows the offset, at most `max` bytes, and as much as there is room for. Returns
// the number of bytes or the negative errno: EAGAIN if there is no room, EIO if no process has the slave open.
static Napi::Value WriteTerminal(const Napi::CallbackInfo &info) {
  const auto terminal = WatchedFd::Find(info[0]);
  if (terminal == nullptr) return Result(info.Env(), -1, EBADF);
  auto buffer = info[1].As<Napi::Uint8Array>();
  const size_t length = buffer.ElementLength();
  const size_t offset = std::min<size_t>(info[2].As<Napi::Number>().Uint32Value(), length);
  const size_t max = info[3].As<Napi::Number>().Uint32Value();
  const int fd = terminal->Attempt();
  ssize_t count;
  do count = write(fd, buffer.Data() + offset, std::min(length - offset, max));
  while (count < 0 && errno == EINTR);
  const int error = count < 0 ? errno : 0;
  // The kernel reports that the slave was closed before a write fails because of it, and does not report it again.
  if (error == EAGAIN && IsHungUp(fd)) return Result(info.Env(), -1, EIO);
  return Result(info.Env(), count, error);
}

// resizeTerminal(id, columns, rows)
static Napi::Value ResizeTerminal(const Napi::CallbackInfo &info) {
  const auto terminal = WatchedFd::Find(info[0]);
  if (terminal == nullptr) return Result(info.Env(), -1, EBADF);
  winsize size = {};
  size.ws_col = static_cast<unsigned short>(info[1].As<Napi::Number>().Uint32Value());
  size.ws_row = static_cast<unsigned short>(info[2].As<Napi::Number>().Uint32Value());
  return Result(info.Env(), ioctl(terminal->fd(), TIOCSWINSZ, &size), errno);
}

void RegisterTerminal(Napi::Env env, Napi::Object exports) {
  Register<OpenTerminal>(env, exports, "openTerminal");
  Register<WatchPipe>(env, exports, "watchPipe");
  Register<EndPipe>(env, exports, "endPipe");
  Register<ReadTerminal>(env, exports, "readTerminal");
  Register<WriteTerminal>(env, exports, "writeTerminal");
  Register<ResizeTerminal>(env, exports, "resizeTerminal");
}

}  // namespace namespawn
