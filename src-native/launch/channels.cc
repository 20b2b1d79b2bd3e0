#include "launch/channels.h"

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

FailedCall SetUp(Channel *channel) {
  // The kernel then adds the credentials of the process that a report is about, and translates its PID.
  const int on = 1;
  if (setsockopt(channel->ours.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
    return FailedCall::Now(SYS_setsockopt);
  if (const FailedCall failed = StartReactor()) return failed;
  channel->key = Watch(channel->ours.get(), nullptr, 0);
  return {};
}

FailedCall MakeChannel(Channel *channel) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) return FailedCall::Now(SYS_socketpair);
  channel->ours.reset(pair[0]);
  channel->theirs = MoveToChannelSlot(pair[1]);
  const FailedCall failed = SetUp(channel);
  if (failed) channel->Discard();
  return failed;
}

}  // namespace

void Channel::Discard() {
  if (key > 0) Unwatch(key);
  ours.reset();
  if (theirs >= 0) CloseChannelSlot(theirs);
  theirs = -1;
}

FailedCall TakeChannel(Channel *channel) {
  Pool &pool = ThePool();
  {
    std::lock_guard<std::mutex> lock(pool.mutex);
    if (!pool.channels.empty()) {
      *channel = std::move(pool.channels.back());
      pool.channels.pop_back();
      return {};
    }
  }
  return WithRoom([&] { return MakeChannel(channel); });
}

void PrepareChannels() {
  Pool &pool = ThePool();
  std::lock_guard<std::mutex> lock(pool.mutex);
  while (pool.channels.size() < kPrepared) {
    Channel channel;
    if (MakeChannel(&channel)) return;
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
