// One thread a process waits for whatever happens outside of JavaScript: exits (pidfds) and nsinit's messages.
#pragma once

#include <stdint.h>

#include <memory>

namespace namespawn {

// Told on the reactor's thread.
class Watcher {
 public:
  virtual ~Watcher() = default;
  // `which` is what the watcher said of the descriptor at Watch().
  virtual void HandleEvent(uint32_t which) = 0;
  // About once a second, where that was asked for.
  virtual void HandleTick() {}
};

// Starts the thread if it does not run. Answers 0 or the negative errno.
int StartReactor();

// Watches a descriptor for input until Unwatch. Holds the watcher, which may come later where there is no input before.
// Answers a key, or the negative errno where the thread cannot be started. What the kernel refuses to watch is looked at again and again.
int64_t Watch(int fd, std::shared_ptr<Watcher> watcher, uint32_t which);
// Watches for the end of a process. Told once each time the kernel says something of it, and not as long as it has ended: one whose
// tracer does not let go has, and cannot be waited for.
int64_t WatchPidfd(int pidfd, std::shared_ptr<Watcher> watcher, uint32_t which, bool ticks = false);
// Watches for input, output and a hang-up. Told each time that one of them comes, also where it was there before.
int64_t WatchEdges(int fd, std::shared_ptr<Watcher> watcher, uint32_t which);
void SetWatcher(int64_t key, std::shared_ptr<Watcher> watcher, uint32_t which);
// Whether the watcher is also told when output is possible.
void WatchOutput(int64_t key, bool yes);
// The descriptor must still be open.
void Unwatch(int64_t key);

}  // namespace namespawn
