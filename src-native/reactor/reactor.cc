#include "reactor/reactor.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <mutex>
#include <unordered_map>
#include <vector>

#include "unique_fd.h"

namespace namespawn {

namespace {

// The kernel may refuse to watch a descriptor: it lacks memory, the user has too many watches (fs.epoll.max_user_watches), or a filter
// refuses the call. Whoever waits for the descriptor must not wait for ever.
constexpr int kRefusedMs = 50;
constexpr int kTickMs = 1000;
// No entry's: the descriptor that wakes the thread.
constexpr uint64_t kWakeKey = 0;

struct Entry {
  std::shared_ptr<Watcher> watcher;
  uint32_t which;
  int fd;
  uint32_t events;
  bool ticks = false;
  bool is_added = false, is_refused = false;
};

// Never destroyed: its thread outlives static destructors.
struct Reactor {
  std::mutex mutex;
  int epoll = -1, wake = -1;
  int64_t next_key = 1;
  std::unordered_map<int64_t, Entry> entries;
  size_t refused = 0, ticking = 0;
};

Reactor &TheReactor() {
  static auto *reactor = new Reactor;
  return *reactor;
}

// Under the lock.
void Update(Reactor &reactor, int64_t key, Entry &entry) {
  epoll_event event = {};
  event.events = entry.events;
  event.data.u64 = static_cast<uint64_t>(key);
  const int operation = entry.is_added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  const bool is_refused = epoll_ctl(reactor.epoll, operation, entry.fd, &event) < 0;
  if (!is_refused) entry.is_added = true;
  if (is_refused != entry.is_refused) reactor.refused += is_refused ? 1 : static_cast<size_t>(-1);
  entry.is_refused = is_refused;
}

void Wake(Reactor &reactor) {
  const uint64_t one = 1;
  if (write(reactor.wake, &one, sizeof one) < 0) return;  // it is awake then: the count is full
}

void Notify(const Entry &entry) {
  if (entry.watcher != nullptr) entry.watcher->HandleEvent(entry.which);
}

// Tries again to have the refused ones watched, and looks at those that still are, or at all.
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
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1000000;
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
        // It stays readable where a filter refuses the call. Without it the thread has to look by itself, from now on.
        if (!is_read && epoll_ctl(reactor.epoll, EPOLL_CTL_DEL, reactor.wake, nullptr) == 0) reactor.refused++;
        continue;
      }
      // An earlier event of the same batch may have ended it.
      const auto found = reactor.entries.find(static_cast<int64_t>(events[i].data.u64));
      if (found == reactor.entries.end()) continue;
      entry = found->second;
    }
    Notify(entry);
  }
}

void *Run(void *) {
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
      const timespec pause = {0, kRefusedMs * 1000000L};
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

int StartThread() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  // Signals are for Node's threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const int error = pthread_create(&thread, &attributes, Run, nullptr);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error == 0) pthread_setname_np(thread, "namespawn");
  return -error;
}

}  // namespace

int StartReactor() {
  Reactor &reactor = TheReactor();
  std::lock_guard<std::mutex> lock(reactor.mutex);
  if (reactor.epoll >= 0) return 0;
  UniqueFd epoll(epoll_create1(EPOLL_CLOEXEC));
  UniqueFd wake(epoll ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1);
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.u64 = kWakeKey;
  if (!epoll || !wake || epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wake.get(), &event) < 0) return -errno;
  reactor.epoll = epoll.get();
  reactor.wake = wake.get();
  const int error = StartThread();
  if (error < 0) {
    reactor.epoll = reactor.wake = -1;
    return error;
  }
  epoll.release();
  wake.release();
  return 0;
}

static int64_t WatchFor(uint32_t events, int fd, std::shared_ptr<Watcher> watcher, uint32_t which, bool ticks) {
  const int error = StartReactor();
  if (error < 0) return error;
  Reactor &reactor = TheReactor();
  std::lock_guard<std::mutex> lock(reactor.mutex);
  const int64_t key = reactor.next_key++;
  Entry &entry = reactor.entries.emplace(key, Entry{std::move(watcher), which, fd, events, ticks}).first->second;
  Update(reactor, key, entry);
  // The thread may sleep for longer than it now may.
  if (entry.is_refused || (ticks && reactor.ticking++ == 0)) Wake(reactor);
  return key;
}

int64_t Watch(int fd, std::shared_ptr<Watcher> watcher, uint32_t which) {
  return WatchFor(EPOLLIN, fd, std::move(watcher), which, false);
}

int64_t WatchPidfd(int pidfd, std::shared_ptr<Watcher> watcher, uint32_t which, bool ticks) {
  return WatchFor(EPOLLIN | static_cast<uint32_t>(EPOLLET), pidfd, std::move(watcher), which, ticks);
}

int64_t WatchEdges(int fd, std::shared_ptr<Watcher> watcher, uint32_t which) {
  return WatchFor(EPOLLIN | EPOLLOUT | static_cast<uint32_t>(EPOLLET), fd, std::move(watcher), which, false);
}

void SetWatcher(int64_t key, std::shared_ptr<Watcher> watcher, uint32_t which) {
  Reactor &reactor = TheReactor();
  std::lock_guard<std::mutex> lock(reactor.mutex);
  const auto found = reactor.entries.find(key);
  if (found == reactor.entries.end()) return;
  found->second.watcher = std::move(watcher);
  found->second.which = which;
}

void WatchOutput(int64_t key, bool yes) {
  Reactor &reactor = TheReactor();
  std::lock_guard<std::mutex> lock(reactor.mutex);
  const auto found = reactor.entries.find(key);
  if (found == reactor.entries.end()) return;
  found->second.events = EPOLLIN | (yes ? static_cast<uint32_t>(EPOLLOUT) : 0);
  Update(reactor, key, found->second);
  if (found->second.is_refused) Wake(reactor);
}

void Unwatch(int64_t key) {
  Reactor &reactor = TheReactor();
  std::lock_guard<std::mutex> lock(reactor.mutex);
  const auto found = reactor.entries.find(key);
  if (found == reactor.entries.end()) return;
  if (found->second.is_added) epoll_ctl(reactor.epoll, EPOLL_CTL_DEL, found->second.fd, nullptr);
  if (found->second.is_refused) reactor.refused--;
  if (found->second.ticks) reactor.ticking--;
  reactor.entries.erase(found);
}

}  // namespace namespawn
