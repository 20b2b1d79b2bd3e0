// The reactor's thread.
#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <vector>

#include "protocol/durations.h"
#include "reactor/state.h"

namespace namespawn {

namespace {

// The kernel may refuse to watch a descriptor, because it lacks memory, because the user has too many watches (fs.epoll.max_user_watches),
// or because a seccomp filter refuses the call. The thread then polls the descriptor in this interval, so that its watcher does not wait
// for ever.
constexpr int kRefusedMs = 50;
constexpr int kTickMs = 1000;

void Notify(const Entry &entry) {
  if (entry.watcher != nullptr) entry.watcher->HandleEvent(entry.which);
}

// Tries again to have the refused descriptors watched. Polls those that are still refused, or all descriptors if `at_all` is true.
void LookAtRefused(Reactor &reactor, bool at_all) {
  std::vector<Entry> ready;
  {
    std::lock_guard<std::mutex> lock(reactor.mutex);
    for (auto &[key, entry] : reactor.entries) {
      if (entry.is_refused) Update(reactor, key, entry);
      if (!entry.is_refused && !at_all) continue;
      pollfd look = {entry.fd, static_cast<short>(entry.events & (EPOLLIN | EPOLLOUT)), 0};
      if (poll(&look, 1, 0) != 0) ready.push_back(entry);
    }
  }
  for (const Entry &entry : ready) Notify(entry);
}

void TickAll(Reactor &reactor) {
  std::vector<Entry> ticking;
  {
    std::lock_guard<std::mutex> lock(reactor.mutex);
    for (const auto &[key, entry] : reactor.entries)
      if (entry.ticks) ticking.push_back(entry);
  }
  for (const Entry &entry : ticking)
    if (entry.watcher != nullptr) entry.watcher->HandleTick();
}

int64_t NowMs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / NS_PER_MS;
}

void HandleEvents(Reactor &reactor, const epoll_event *events, int count) {
  for (int i = 0; i < count; i++) {
    Entry entry;
    {
      std::lock_guard<std::mutex> lock(reactor.mutex);
      if (events[i].data.u64 == kWakeKey) {
        uint64_t wakes;
        const bool is_read =
            read(reactor.wake, &wakes, sizeof wakes) == sizeof wakes || errno == EAGAIN || errno == EINTR;
        // If a filter refuses read, the descriptor stays readable. It is removed, and from now on the thread polls.
        if (!is_read && epoll_ctl(reactor.epoll, EPOLL_CTL_DEL, reactor.wake, nullptr) == 0) reactor.refused++;
        continue;
      }
      // An earlier event of this batch may have ended the watch.
      const Entry *found = Find(reactor, static_cast<int64_t>(events[i].data.u64));
      if (found == nullptr) continue;
      entry = *found;
    }
    Notify(entry);
  }
}

}  // namespace

void *RunReactor(void *) {
  Reactor &reactor = TheReactor();
  int64_t last_tick = 0;
  for (;;) {
    bool has_refused, has_ticking;
    {
      std::lock_guard<std::mutex> lock(reactor.mutex);
      has_refused = reactor.refused > 0;
      has_ticking = reactor.ticking > 0;
    }
    epoll_event events[64];
    const int count = epoll_wait(reactor.epoll, events, 64, has_refused ? kRefusedMs : has_ticking ? kTickMs : -1);
    const bool has_failed = count < 0 && errno != EINTR;
    if (has_failed) {
      const timespec pause = {0, kRefusedMs * NS_PER_MS};
      nanosleep(&pause, nullptr);
    }
    HandleEvents(reactor, events, count);
    if (has_refused || has_failed) LookAtRefused(reactor, has_failed);
    if (has_ticking && NowMs() - last_tick >= kTickMs) {
      TickAll(reactor);
      last_tick = NowMs();
    }
  }
  return nullptr;
}

}  // namespace namespawn
