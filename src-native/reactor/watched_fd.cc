#include "reactor/watched_fd.h"

#include <errno.h>

#include "module.h"
#include "reactor/environment_objects.h"

namespace namespawn {

using WatchedFds = EnvironmentObjects<WatchedFd>;

int64_t WatchedFd::Add(Napi::Env env, UniqueFd fd) {
  const int64_t id = WatchedFds::NextId();
  auto watched = std::make_shared<WatchedFd>(Environment::Of(env), std::move(fd), id);
  watched->key_ = WatchEdges(watched->fd(), watched, 0);
  WatchedFds::Add(id, std::move(watched));
  return id;
}

std::shared_ptr<WatchedFd> WatchedFd::Find(const Napi::Value &id) { return WatchedFds::Find(id); }

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
static Napi::Value CloseWatched(const Napi::CallbackInfo &info) {
  return Result(info.Env(), WatchedFds::Close(info[0]) ? 0 : -1, EBADF);
}

void RegisterWatchedFd(Napi::Env env, Napi::Object exports) {
  WatchedFds::Register(env);
  Register<CloseWatched>(env, exports, "closeWatched");
}

}  // namespace namespawn
