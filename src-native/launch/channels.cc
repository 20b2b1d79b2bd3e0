#include "launch/channels.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <mutex>
#include <vector>

#include "launch/channel_slots.h"
#include "launch/room.h"
#include "reactor/reactor.h"

namespace namespawn {

static constexpr size_t kPrepared = 4;

namespace {

struct Pool {
  std::mutex mutex;
  std::vector<Channel> channels;
};

Pool &ThePool() {
  static auto *pool = new Pool;
  return *pool;
}

int MakeChannel(Channel *channel, int *syscall_number) {
  int pair[2];
  // pthread_create(3), which tells no number of its own.
  *syscall_number = SYS_clone3;
  const int started = StartReactor();
  if (started < 0) return started;
  *syscall_number = SYS_socketpair;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) return -errno;
  channel->ours.reset(pair[0]);
  channel->theirs = MoveToChannelSlot(pair[1]);
  // So that the kernel tells, and translates, who a report is about.
  const int on = 1;
  int error = 0;
  *syscall_number = SYS_setsockopt;
  if (setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0) error = -errno;
  if (error == 0) {
    *syscall_number = SYS_epoll_ctl;
    channel->key = Watch(pair[0], nullptr, 0);
    if (channel->key < 0) error = static_cast<int>(channel->key);
  }
  if (error < 0) channel->Discard();
  return error;
}

}  // namespace

void Channel::Discard() {
  if (key > 0) Unwatch(key);
  ours.reset();
  if (theirs >= 0) CloseChannelSlot(theirs);
  theirs = -1;
}

int TakeChannel(Channel *channel, int *syscall_number) {
  Pool &pool = ThePool();
  {
    std::lock_guard<std::mutex> lock(pool.mutex);
    if (!pool.channels.empty()) {
      *channel = std::move(pool.channels.back());
      pool.channels.pop_back();
      return 0;
    }
  }
  return WithRoom([&] { return MakeChannel(channel, syscall_number); });
}

void PrepareChannels() {
  Pool &pool = ThePool();
  std::lock_guard<std::mutex> lock(pool.mutex);
  while (pool.channels.size() < kPrepared) {
    Channel channel;
    int syscall_number;
    if (MakeChannel(&channel, &syscall_number) < 0) return;
    if (IsScarce(channel.ours.get())) {
      channel.Discard();
      return;
    }
    pool.channels.push_back(std::move(channel));
  }
}

bool DiscardPreparedChannels() {
  Pool &pool = ThePool();
  std::vector<Channel> channels;
  {
    std::lock_guard<std::mutex> lock(pool.mutex);
    channels.swap(pool.channels);
  }
  for (Channel &channel : channels) channel.Discard();
  return !channels.empty();
}

}  // namespace namespawn
