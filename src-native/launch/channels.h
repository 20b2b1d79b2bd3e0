// The reactor's thread prepares channels. To create a socket pair, to set its option and to add it to the epoll set would take the
// JavaScript thread 15 us for each launch.
#pragma once

#include <stdint.h>

#include "failed_call.h"
#include "unique_fd.h"

namespace namespawn {

struct Channel {
  UniqueFd ours;
  int theirs = -1;  // nsinit's end, which CloseChannelSlot closes
  int64_t key = 0;  // the result of Watch(), which has no watcher yet

  // Closes a channel that was not used.
  void Discard();
};

// Takes a prepared channel, or creates one.
FailedCall TakeChannel(Channel *channel);
// Fills the pool up, unless descriptors are scarce. Called on the reactor's thread when it has something to do anyway.
void PrepareChannels();
// Returns whether there were any.
bool DiscardPreparedChannels();

}  // namespace namespawn
