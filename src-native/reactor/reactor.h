// One thread for each process waits for everything that happens outside of JavaScript: the ends of processes (pidfds) and nsinit's reports.
#pragma once

#include <stdint.h>

#include <memory>

#include "failed_call.h"

namespace namespawn {

// Its functions are called on the reactor's thread.
class Watcher {
 public:
  virtual ~Watcher() = default;
  // `which` is the value that was passed to Watch().
  virtual void HandleEvent(uint32_t which) = 0;
  // Called about once a second, if WatchPidfd() was called with `ticks`.
  virtual void HandleTick() {}
};

// Starts the thread if it does not run. This must have succeeded before anything is watched.
FailedCall StartReactor();

// Watches a descriptor for input until Unwatch() is called. Keeps a reference to the watcher, which may be set later if there is no input
// before. Returns a key. If the kernel refuses to watch the descriptor, the thread polls it.
int64_t Watch(int fd, std::shared_ptr<Watcher> watcher, uint32_t which);
// Watches a pidfd for the end of its process. Reports each change once, and not repeatedly while the process is a zombie. If the tracer of
// a process does not release it, the process has ended and cannot be waited for.
int64_t WatchPidfd(int pidfd, std::shared_ptr<Watcher> watcher, uint32_t which, bool ticks = false);
// Watches for input, output and hang-up. Reports each of them whenever it occurs again, even if it was there before.
int64_t WatchEdges(int fd, std::shared_ptr<Watcher> watcher, uint32_t which);
void SetWatcher(int64_t key, std::shared_ptr<Watcher> watcher, uint32_t which);
// Whether the watcher is also called when output is possible.
void WatchOutput(int64_t key, bool yes);
// Whether the watcher is called for input. It is called when the descriptor is hung up in any case.
void WatchInput(int64_t key, bool yes);
// The descriptor must still be open.
void Unwatch(int64_t key);

}  // namespace namespawn
