// A descriptor that JavaScript knows by an id: the master of a pseudo-terminal, a pipe, a directory. The addon owns it, so that it is watched
// exactly as long as it is open.
#pragma once

#include <atomic>
#include <memory>

#include "node_addon_api.h"
#include "reactor/environment.h"
#include "reactor/reactor.h"
#include "unique_fd.h"

namespace namespawn {

class WatchedFd final : public Watcher {
 public:
  // Watches a descriptor for this thread's environment, and closes it at the latest when the environment ends. Returns the id that its events
  // have.
  static int64_t Add(Napi::Env env, UniqueFd fd);
  // Returns null if it is closed.
  static std::shared_ptr<WatchedFd> Find(const Napi::Value &id);

  WatchedFd(std::shared_ptr<Environment> environment, UniqueFd fd, int64_t id)
      : environment_(std::move(environment)), fd_(std::move(fd)), id_(id) {}
  void HandleEvent(uint32_t) override;

  // Returns the descriptor for one attempt to read or write. What happens from now on causes a new event.
  int Attempt();
  int fd() const { return fd_.get(); }
  void Close();

 private:
  const std::shared_ptr<Environment> environment_;
  UniqueFd fd_;
  const int64_t id_;
  int64_t key_ = 0;
  std::atomic<bool> is_event_pending_{false};
};

}  // namespace namespawn
