// The masters of pseudo-terminals. JavaScript knows them by ids. Their descriptors stay in the addon, so that a master is watched exactly
// as long as it is open.
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
#include <atomic>
#include <memory>
#include <unordered_map>

#include "launch/room.h"
#include "module.h"
#include "protocol/protocol.h"
#include "reactor/environment.h"
#include "reactor/reactor.h"
#include "unique_fd.h"

namespace namespawn {

namespace {

class Terminal final : public Watcher {
 public:
  Terminal(std::shared_ptr<Environment> environment, UniqueFd master, int64_t id)
      : environment_(std::move(environment)), master_(std::move(master)), id_(id) {}

  void Start(std::shared_ptr<Watcher> self) { key_ = WatchEdges(master_.get(), std::move(self), 0); }

  // Ends the watch first, because the number of a closed descriptor may belong to another file.
  void Close() {
    Unwatch(key_);
    master_.reset();
  }

  // At most one event is pending, however often the inside opens and closes the slave.
  void HandleEvent(uint32_t) override {
    if (is_event_pending_.exchange(true)) return;
    auto event = std::make_unique<Event>();
    event->id = id_;
    event->kind = Event::kTerminal;
    environment_->Deliver(std::move(event));
  }

  // Returns the descriptor for one attempt to read or write. What happens from now on causes a new event.
  int Attempt() {
    is_event_pending_.store(false);
    return master_.get();
  }

  int fd() const { return master_.get(); }

 private:
  const std::shared_ptr<Environment> environment_;
  UniqueFd master_;
  const int64_t id_;
  int64_t key_ = 0;
  std::atomic<bool> is_event_pending_{false};
};

using Terminals = std::unordered_map<int64_t, std::shared_ptr<Terminal>>;

// Belongs to the environment of this thread. It exists from the load of the addon until the environment ends.
thread_local std::unique_ptr<Terminals> terminals;

std::shared_ptr<Terminal> Find(const Napi::Value &id) {
  const auto found = terminals->find(id.As<Napi::Number>().Int64Value());
  return found == terminals->end() ? nullptr : found->second;
}

// Returns the descriptor or the negative errno. The command may send any file as the master, so this returns ENOTTY unless it is a master.
int ReceiveMaster(int socket) {
  char byte;
  iovec part = {&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  // CMSG_SPACE would leave room for two descriptors, and the second one would stay open.
  message.msg_controllen = CMSG_LEN(sizeof(int));
  if (recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0) return -errno;
  const cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return -ENOTTY;
  int received;
  memcpy(&received, CMSG_DATA(header), sizeof received);
  UniqueFd master(received);
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

// Returns the id of what is watched from now on.
static Napi::Value Watch(Napi::Env env, UniqueFd fd) {
  static std::atomic<int64_t> next_id{1};
  const int64_t id = next_id++;
  auto terminal = std::make_shared<Terminal>(Environment::Of(env), std::move(fd), id);
  terminal->Start(terminal);
  terminals->emplace(id, std::move(terminal));
  return Result(env, id, 0);
}

// watchPipe(fd): watches the end of a pipe or a socket, which is then read and written as a terminal is. The caller keeps its descriptor.
// Returns the id or the negative errno.
static Napi::Value WatchPipe(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const int fd = info[0].As<Napi::Number>().Int32Value();
  UniqueFd own(WithRoom([&] { return fcntl(fd, F_DUPFD_CLOEXEC, 0); }));
  const int flags = own ? fcntl(fd, F_GETFL) : -1;
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return Result(env, -1, errno);
  return Watch(env, std::move(own));
}

// endPipe(id): ends the writing to a socket. ENOTSOCK for a pipe.
static Napi::Value EndPipe(const Napi::CallbackInfo &info) {
  const auto terminal = Find(info[0]);
  if (terminal == nullptr) return Result(info.Env(), -1, EBADF);
  return Result(info.Env(), shutdown(terminal->fd(), SHUT_WR), errno);
}

// openTerminal(socket): takes the master that the command's process has sent. The command must have been executed. Returns the id that the
// events of the terminal have, or the negative errno.
static Napi::Value OpenTerminal(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  UniqueFd master(ReceiveMaster(info[0].As<Napi::Number>().Int32Value()));
  if (!master) return Result(env, -1, -master.release());
  return Watch(env, std::move(master));
}

// readTerminal(id, buffer): reads until the buffer is full or there is no more data. Returns the number of bytes or the negative errno:
// EAGAIN if there is no data, EIO if no process has the slave open.
static Napi::Value ReadTerminal(const Napi::CallbackInfo &info) {
  const auto terminal = Find(info[0]);
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
  const auto terminal = Find(info[0]);
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
  const auto terminal = Find(info[0]);
  if (terminal == nullptr) return Result(info.Env(), -1, EBADF);
  winsize size = {};
  size.ws_col = static_cast<unsigned short>(info[1].As<Napi::Number>().Uint32Value());
  size.ws_row = static_cast<unsigned short>(info[2].As<Napi::Number>().Uint32Value());
  return Result(info.Env(), ioctl(terminal->fd(), TIOCSWINSZ, &size), errno);
}

// closeTerminal(id)
static Napi::Value CloseTerminal(const Napi::CallbackInfo &info) {
  const auto terminal = Find(info[0]);
  if (terminal == nullptr) return Result(info.Env(), -1, EBADF);
  terminals->erase(info[0].As<Napi::Number>().Int64Value());
  terminal->Close();
  return Result(info.Env(), 0, 0);
}

void RegisterTerminal(Napi::Env env, Napi::Object exports) {
  // An environment may load the addon twice.
  if (terminals == nullptr) {
    terminals = std::make_unique<Terminals>();
    napi_add_env_cleanup_hook(
        env,
        [](void *) {
          for (const auto &[id, terminal] : *terminals) terminal->Close();
          terminals.reset();
        },
        nullptr);
  }
  Register<OpenTerminal>(env, exports, "openTerminal");
  Register<WatchPipe>(env, exports, "watchPipe");
  Register<EndPipe>(env, exports, "endPipe");
  Register<ReadTerminal>(env, exports, "readTerminal");
  Register<WriteTerminal>(env, exports, "writeTerminal");
  Register<ResizeTerminal>(env, exports, "resizeTerminal");
  Register<CloseTerminal>(env, exports, "closeTerminal");
}

}  // namespace namespawn
