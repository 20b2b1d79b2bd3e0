// The state that the reactor's thread (loop.cc) and those that have something watched (reactor.cc) share.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "reactor/reactor.h"

namespace namespawn {

struct Entry {
  std::shared_ptr<Watcher> watcher;
  uint32_t which;
  int fd;
  uint32_t events;
  bool ticks = false;
  bool is_added = false, is_refused = false;
};

// The descriptor that wakes the thread. No entry has this key.
constexpr uint64_t kWakeKey = 0;

struct Reactor {
  std::mutex mutex;
  int epoll = -1, wake = -1;
  int64_t next_key = 1;
  std::unordered_map<int64_t, Entry> entries;
  size_t refused = 0, ticking = 0;
};

// Never destroyed, because its thread outlives static destructors.
Reactor &TheReactor();

// The caller of these holds the lock.
// Returns null if the descriptor is no longer watched.
Entry *Find(Reactor &reactor, int64_t key);
// Has the kernel watch the descriptor of an entry for its events.
void Update(Reactor &reactor, int64_t key, Entry &entry);

// The thread. Never returns.
void *RunReactor(void *);

}  // namespace namespawn
