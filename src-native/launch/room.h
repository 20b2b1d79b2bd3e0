// Room for descriptors. What is prepared for launches to come makes none of them fail, nor anything else of Node's, for want of a number.
#pragma once

#include <errno.h>

#include "failed_call.h"

namespace namespawn {

// Whether so many descriptors are open that none is to be kept for later; `fd` is one that was just opened, so the lowest number that
// was free.
bool IsScarce(int fd);
// Whether the caller holds a launch's lock. No lock of channels or their slots may be held.
enum NsinitLock { kNoNsinitLocked, kNsinitLocked };
// Closes what is only prepared, and what is kept for children that execute nsinit at this moment. Answers whether that made room.
bool MakeRoom(NsinitLock lock);

inline bool LacksDescriptor(long result) { return result == -EMFILE || (result == -1 && errno == EMFILE); }
inline bool LacksDescriptor(const FailedCall &failed) { return failed.error == -EMFILE; }

// Makes a call that needs a descriptor, and repeats it once if it fails with EMFILE and room can be made. The call returns -1 and errno, the
// negative errno, or a FailedCall. Keeps errno.
template <NsinitLock lock = kNoNsinitLocked, typename Call>
auto WithRoom(Call call) -> decltype(call()) {
  auto result = call();
  if (LacksDescriptor(result)) {
    const int error = errno;
    if (MakeRoom(lock)) return call();
    errno = error;
  }
  return result;
}

}  // namespace namespawn
