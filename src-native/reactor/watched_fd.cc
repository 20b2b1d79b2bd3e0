#include "reactor/watched_fd.h"

#include <errno.h>

#include <unordered_map>

#include "module.h"

namespace namespawn {

using WatchedFds = std::unordered_map<int64_t, std::shared_ptr<WatchedFd>>;

// Belongs to the environment of this thread. It exists from the load of the addon until the environment ends.
static thread_local std::unique_ptr<WatchedFds> watched_fds;

int64_t WatchedFd::Add(Napi::Env env, UniqueFd fd) {
  static std::atomic<int64_t> next_id{1};
  const int64_t id = next_id++;
  auto watched = std::make_shared<WatchedFd>(Environment::Of(env), std::move(fd), id);
  watched->key_ = WatchEdges(watched->fd(), watched, 0);
  watched_fds->emplace(id, std::move(watched));
  return id;
}

std::shared_ptr<WatchedFd> WatchedFd::Find(const Napi::Value &id) {
  const auto found = watched_fds->find(id.As<Napi::Number>().Int64Value());
  return found == watched_fds->end() ? nullptr : found->second;
}

// At most one event is pending, however often the inside opens and closes a terminal, or files come and go.
void WatchedFd::HandleEvent(uint32_t) {
  if (is_event_pending_.exchange(true)) return;
  auto event = std::make_unique<Event>();
  event->id = id_;
  event->kind = Event::kWatched;
  environment_->Deliver(std::move(event));
}

int WatchedFd::Attempt() {
  is_event_pending_.store(false);
  return fd_.get();
}

// Ends the watch first, because the number of a closed descriptor may belong to another file.
void WatchedFd::Close() {
  Unwatch(key_);
  fd_.reset();
}

// closeWatched(id)
Napi::Value WatchedFd::CloseWatched(const Napi::CallbackInfo &info) {
  const auto watched = Find(info[0]);
  if (watched == nullptr) return Result(info.Env(), -1, EBADF);
  watched_fds->erase(watched->id_);
  watched->Close();
  return Result(info.Env(), 0, 0);
}

void RegisterWatchedFd(Napi::Env env, Napi::Object exports) {
  // An environment may load the addon twice.
  if (watched_fds == nullptr) {
    watched_fds = std::make_unique<WatchedFds>();
    napi_add_env_cleanup_hook(
        env,
        [](void *) {
          for (const auto &[id, watched] : *watched_fds) watched->Close();
          watched_fds.reset();
        },
        nullptr);
  }
  Register<WatchedFd::CloseWatched>(env, exports, "closeWatched");
}

}  // namespace namespawn
