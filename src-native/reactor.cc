#include "reactor.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <mutex>
#include <unordered_map>

namespace namespawn {

namespace {

struct Entry {
  std::shared_ptr<Watcher> watcher;
  uint32_t which;
};

// Never destroyed: its thread outlives static destructors.
struct Reactor {
  std::mutex mutex;
  int epoll = -1;
  int64_t next_key = 1;
  std::unordered_map<int64_t, Entry> entries;
};

Reactor &TheReactor() {
  static auto *reactor = new Reactor;
  return *reactor;
}

void *Run(void *) {
  Reactor &reactor = TheReactor();
  for (;;) {
    epoll_event events[64];
    const int count = epoll_wait(reactor.epoll, events, 64, -1);
    for (int i = 0; i < count; i++) {
      Entry entry;
      {
        std::lock_guard<std::mutex> lock(reactor.mutex);
        // An earlier event of the same batch may have ended it.
        const auto found = reactor.entries.find(static_cast<int64_t>(events[i].data.u64));
        if (found == reactor.entries.end()) continue;
        entry = found->second;
      }
      if (entry.watcher != nullptr) entry.watcher->Ready(entry.which);
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
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) return -errno;
  reactor.epoll = epoll;
  const int error = StartThread();
  if (error < 0) {
    close(epoll);
    reactor.epoll = -1;
  }
  return error;
}

static int64_t WatchFor(uint32_t events, int fd, std::shared_ptr<Watcher> watcher, uint32_t which) {
  const int error = StartReactor();
  if (error < 0) return error;
  Reactor &reactor = TheReactor();
  std::lock_guard<std::mutex> lock(reactor.mutex);
  const int64_t key = reactor.next_key++;
  epoll_event event = {};
  event.events = events;
  event.data.u64 = static_cast<uint64_t>(key);
  if (epoll_ctl(reactor.epoll, EPOLL_CTL_ADD, fd, &event) < 0) return -errno;
  reactor.entries.emplace(key, Entry{std::move(watcher), which});
  return key;
}

int64_t Watch(int fd, std::shared_ptr<Watcher> watcher, uint32_t which) {
  return WatchFor(EPOLLIN, fd, std::move(watcher), which);
}

int64_t WatchPidfd(int pidfd, std::shared_ptr<Watcher> watcher, uint32_t which) {
  return WatchFor(EPOLLIN | static_cast<uint32_t>(EPOLLET), pidfd, std::move(watcher), which);
}

int64_t WatchEdges(int fd, std::shared_ptr<Watcher> watcher, uint32_t which) {
  return WatchFor(EPOLLIN | EPOLLOUT | static_cast<uint32_t>(EPOLLET), fd, std::move(watcher), which);
}

void SetWatcher(int64_t key, std::shared_ptr<Watcher> watcher, uint32_t which) {
  Reactor &reactor = TheReactor();
  std::lock_guard<std::mutex> lock(reactor.mutex);
  reactor.entries[key] = Entry{std::move(watcher), which};
}

void WatchOutput(int64_t key, int fd, bool yes) {
  epoll_event event = {};
  event.events = EPOLLIN | (yes ? static_cast<uint32_t>(EPOLLOUT) : 0);
  event.data.u64 = static_cast<uint64_t>(key);
  epoll_ctl(TheReactor().epoll, EPOLL_CTL_MOD, fd, &event);
}

void Unwatch(int64_t key, int fd) {
  Reactor &reactor = TheReactor();
  std::lock_guard<std::mutex> lock(reactor.mutex);
  if (reactor.entries.erase(key) > 0) epoll_ctl(reactor.epoll, EPOLL_CTL_DEL, fd, nullptr);
}

}  // namespace namespawn
