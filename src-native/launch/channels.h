// Channels made beforehand, by the reactor's thread: a socket pair, its options and its place in the epoll set cost the
// JavaScript thread 15 us a launch.
#pragma once

#include <stdint.h>

#include "failed_call.h"
#include "unique_fd.h"

namespace namespawn {

struct Channel {
  UniqueFd ours;
  int theirs = -1;  // nsinit's end; closed by CloseChannelSlot
  int64_t key = 0;  // of Watch(), still without a watcher

  // Where it was not used.
  void Discard();
};

// Takes a channel that was prepared, or makes one.
FailedCall TakeChannel(Channel *channel);
// On the reactor's thread, when it has something to do anyway: fills up to the same number each time, where there is room.
void PrepareChannels();
// Answers whether there were any.
bool DiscardPreparedChannels();

}  // namespace namespawn
