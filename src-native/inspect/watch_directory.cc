// Files that come into a directory and leave it, inotify(7): exactly, where fs.watch() says only that something has happened to a name.
#include <errno.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <unordered_map>

#include "launch/room.h"
#include "module.h"
#include "reactor/environment.h"
#include "reactor/reactor.h"
#include "unique_fd.h"

namespace namespawn {

namespace {

class Directory final : public Watcher {
 public:
  Directory(std::shared_ptr<Environment> environment, UniqueFd inotify, int64_t id)
      : environment_(std::move(environment)), inotify_(std::move(inotify)), id_(id) {}

  void Start(std::shared_ptr<Watcher> self) { key_ = WatchEdges(inotify_.get(), std::move(self), 0); }

  // Before the descriptor is closed, whose number may be another file's right afterwards.
  void Close() {
    Unwatch(key_);
    inotify_.reset();
  }

  void HandleEvent(uint32_t) override {
    auto event = std::make_unique<Event>();
    event->id = id_;
    event->kind = Event::kDirectory;
    environment_->Deliver(std::move(event));
  }

  int fd() const { return inotify_.get(); }

 private:
  const std::shared_ptr<Environment> environment_;
  UniqueFd inotify_;
  const int64_t id_;
  int64_t key_ = 0;
};

using Directories = std::unordered_map<int64_t, std::shared_ptr<Directory>>;

// This thread's environment's, from the addon's load to the environment's end.
thread_local std::unique_ptr<Directories> directories;

}  // namespace

// watchDirectory(path): returns an id, which the events of the directory carry from now on, or the negative errno.
static Napi::Value WatchDirectory(const Napi::CallbackInfo &info) {
  static std::atomic<int64_t> next_id{1};
  const std::string path = info[0].As<Napi::String>();
  if (const FailedCall failed = StartReactor()) return Napi::Number::New(info.Env(), failed.error);
  UniqueFd inotify(WithRoom([] { return inotify_init1(IN_CLOEXEC | IN_NONBLOCK); }));
  if (!inotify) return Result(info.Env(), -1, errno);
  constexpr uint32_t mask = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR;
  if (inotify_add_watch(inotify.get(), path.c_str(), mask) < 0) return Result(info.Env(), -1, errno);
  const int64_t id = next_id++;
  auto directory = std::make_shared<Directory>(Environment::Of(info.Env()), std::move(inotify), id);
  directory->Start(directory);
  directories->emplace(id, std::move(directory));
  return Result(info.Env(), id, 0);
}

// readDirectoryEvents(id): returns "+name" for a file that has come, "-name" for one that is gone, in their order; "" where some are lost.
static Napi::Value ReadDirectoryEvents(const Napi::CallbackInfo &info) {
  Napi::Array events = Napi::Array::New(info.Env());
  const auto found = directories->find(info[0].As<Napi::Number>().Int64Value());
  if (found == directories->end()) return events;
  alignas(inotify_event) char buffer[16384];
  uint32_t count = 0;
  for (;;) {
    const ssize_t length = read(found->second->fd(), buffer, sizeof buffer);
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

// unwatchDirectory(id)
static Napi::Value UnwatchDirectory(const Napi::CallbackInfo &info) {
  const auto found = directories->find(info[0].As<Napi::Number>().Int64Value());
  if (found == directories->end()) return Result(info.Env(), -1, EBADF);
  found->second->Close();
  directories->erase(found);
  return Result(info.Env(), 0, 0);
}

// lock(fd): for this open file alone, without waiting: -EAGAIN where another has it.
static Napi::Value Lock(const Napi::CallbackInfo &info) {
  return Result(info.Env(), flock(info[0].As<Napi::Number>().Int32Value(), LOCK_EX | LOCK_NB), errno);
}

void RegisterWatchDirectory(Napi::Env env, Napi::Object exports) {
  // An environment may load the addon twice.
  if (directories == nullptr) {
    directories = std::make_unique<Directories>();
    napi_add_env_cleanup_hook(
        env,
        [](void *) {
          for (const auto &[id, directory] : *directories) directory->Close();
          directories.reset();
        },
        nullptr);
  }
  Register<WatchDirectory>(env, exports, "watchDirectory");
  Register<ReadDirectoryEvents>(env, exports, "readDirectoryEvents");
  Register<UnwatchDirectory>(env, exports, "unwatchDirectory");
  Register<Lock>(env, exports, "lock");
}

}  // namespace namespawn
