#include "launch/room.h"

#include <sys/resource.h>

#include "launch/channel_slots.h"
#include "launch/channels.h"
#include "launch/nsinit.h"

namespace namespawn {

// If the limit is less than this, every descriptor is needed. Otherwise the last ones are left free.
static constexpr rlim_t kSmallLimit = 256;
static constexpr rlim_t kLeftAlone = 128;

bool IsScarce(int fd) {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return false;
  return limit.rlim_cur < kSmallLimit || static_cast<rlim_t>(fd) + kLeftAlone > limit.rlim_cur;
}

bool MakeRoom(NsinitLock lock) {
  // Slots come second, because a prepared channel may use one.
  const bool had_channels = DiscardPreparedChannels();
  const bool had_slots = GiveChannelSlotsBack();
  bool had_children = false;
  if (lock == kNoNsinitLocked)
    for (const auto &nsinit : Nsinit::All()) had_children |= nsinit->ReleaseChild();
  return had_channels || had_slots || had_children;
}

}  // namespace namespawn
