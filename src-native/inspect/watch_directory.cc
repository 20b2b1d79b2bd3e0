// Files that come into a directory and leave it, inotify(7): exactly, where fs.watch() says only that something has happened to a name.
#include <errno.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <string>

#include "launch/room.h"
#include "module.h"
#include "reactor/watched_fd.h"
#include "unique_fd.h"

namespace namespawn {

// watchDirectory(path): returns an id, which the events of the directory carry from now on, or the negative errno.
static Napi::Value WatchDirectory(const Napi::CallbackInfo &info) {
  const std::string path = info[0].As<Napi::String>();
  if (const FailedCall failed = StartReactor()) return Napi::Number::New(info.Env(), failed.error);
  UniqueFd inotify(WithRoom([] { return inotify_init1(IN_CLOEXEC | IN_NONBLOCK); }));
  if (!inotify) return Result(info.Env(), -1, errno);
  constexpr uint32_t mask = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR;
  if (inotify_add_watch(inotify.get(), path.c_str(), mask) < 0) return Result(info.Env(), -1, errno);
  return Result(info.Env(), WatchedFd::Add(info.Env(), std::move(inotify)), 0);
}

// readDirectoryEvents(id): returns "+name" for a file that has come, "-name" for one that is gone, in their order; "" where some are lost.
static Napi::Value ReadDirectoryEvents(const Napi::CallbackInfo &info) {
  Napi::Array events = Napi::Array::New(info.Env());
  const auto watched = WatchedFd::Find(info[0]);
  if (watched == nullptr) return events;
  const int inotify = watched->Attempt();
  alignas(inotify_event) char buffer[16384];
  uint32_t count = 0;
  for (;;) {
    const ssize_t length = read(inotify, buffer, sizeof buffer);
    if (length <= 0) return events;
    for (const char *at = buffer; at < buffer + length;) {
      const auto *event = reinterpret_cast<const inotify_event *>(at);
      at += sizeof *event + event->len;
      const bool is_lost = (event->mask & IN_Q_OVERFLOW) != 0;
      if (event->len == 0 && !is_lost) continue;
      const char *sign = (event->mask & (IN_CREATE | IN_MOVED_TO)) != 0 ? "+" : "-";
      events.Set(count++, Napi::String::New(info.Env(), is_lost ? "" : sign + std::string(event->name)));
    }
  }
}

// lock(fd): for this open file alone, without waiting: -EAGAIN where another has it.
static Napi::Value Lock(const Napi::CallbackInfo &info) {
  return Result(info.Env(), flock(info[0].As<Napi::Number>().Int32Value(), LOCK_EX | LOCK_NB), errno);
}

void RegisterWatchDirectory(Napi::Env env, Napi::Object exports) {
  Register<WatchDirectory>(env, exports, "watchDirectory");
  Register<ReadDirectoryEvents>(env, exports, "readDirectoryEvents");
  Register<Lock>(env, exports, "lock");
}

}  // namespace namespawn
