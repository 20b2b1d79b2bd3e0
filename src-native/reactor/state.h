// The state that the reactor's thread (loop.cc) shares with the functions for watching (reactor.cc).
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

// The caller must hold the lock for the following functions.
// Returns null if the descriptor is not watched any more.
Entry *Find(Reactor &reactor, int64_t key);
// Has the kernel watch the descriptor for the events of its entry.
void Update(Reactor &reactor, int64_t key, Entry &entry);

// The function of the thread. It never returns.
void *RunReactor(void *);

}  // namespace namespawn
