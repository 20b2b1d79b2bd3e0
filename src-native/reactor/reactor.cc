#include "reactor/reactor.h"

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "reactor/state.h"
#include "unique_fd.h"

namespace namespawn {

Reactor &TheReactor() {
  static auto *reactor = new Reactor;
  return *reactor;
}

Entry *Find(Reactor &reactor, int64_t key) {
  const auto found = reactor.entries.find(key);
  return found == reactor.entries.end() ? nullptr : &found->second;
}

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

namespace {

void Wake(Reactor &reactor) {
  const uint64_t one = 1;
  if (write(reactor.wake, &one, sizeof one) < 0) return;  // if it fails, the counter is full and the thread is awake
}

FailedCall StartThread() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  // Only Node's threads handle signals.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const int error = pthread_create(&thread, &attributes, RunReactor, nullptr);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error != 0) return {-error, kPthreadCreate};
  pthread_setname_np(thread, "namespawn");
  return {};
}

}  // namespace

FailedCall StartReactor() {
  Reactor &reactor = TheReactor();
  std::lock_guard<std::mutex> lock(reactor.mutex);
  if (reactor.epoll >= 0) return {};
  UniqueFd epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return FailedCall::Now(SYS_epoll_create1);
  UniqueFd wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return FailedCall::Now(SYS_eventfd2);
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.u64 = kWakeKey;
  if (epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wake.get(), &event) < 0) return FailedCall::Now(SYS_epoll_ctl);
  reactor.epoll = epoll.get();
  reactor.wake = wake.get();
  if (const FailedCall failed = StartThread()) {
    reactor.epoll = reactor.wake = -1;
    return failed;
  }
  epoll.release();
  wake.release();
  return {};
}

static int64_t WatchFor(uint32_t events, int fd, std::shared_ptr<Watcher> watcher, uint32_t which, bool ticks) {
  Reactor &reactor = TheReactor();
  std::lock_guard<std::mutex> lock(reactor.mutex);
  const int64_t key = reactor.next_key++;
  Entry &entry = reactor.entries.emplace(key, Entry{std::move(watcher), which, fd, events, ticks}).first->second;
  Update(reactor, key, entry);
  // The thread may sleep for longer than this entry allows.
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
  Entry *entry = Find(reactor, key);
  if (entry == nullptr) return;
  entry->watcher = std::move(watcher);
  entry->which = which;
}

static void SetEvents(int64_t key, uint32_t events) {
  Reactor &reactor = TheReactor();
  std::lock_guard<std::mutex> lock(reactor.mutex);
  Entry *entry = Find(reactor, key);
  if (entry == nullptr) return;
  entry->events = events;
  Update(reactor, key, *entry);
  if (entry->is_refused) Wake(reactor);
}

void WatchOutput(int64_t key, bool yes) { SetEvents(key, EPOLLIN | (yes ? static_cast<uint32_t>(EPOLLOUT) : 0)); }

void WatchInput(int64_t key, bool yes) { SetEvents(key, yes ? static_cast<uint32_t>(EPOLLIN) : 0); }

void Unwatch(int64_t key) {
  Reactor &reactor = TheReactor();
  std::lock_guard<std::mutex> lock(reactor.mutex);
  const Entry *entry = Find(reactor, key);
  if (entry == nullptr) return;
  if (entry->is_added) epoll_ctl(reactor.epoll, EPOLL_CTL_DEL, entry->fd, nullptr);
  if (entry->is_refused) reactor.refused--;
  if (entry->ticks) reactor.ticking--;
  reactor.entries.erase(key);
}

}  // namespace namespawn
