// Makes room for descriptors. What is prepared for future launches must not make a launch, or anything else in Node, fail with EMFILE.
#pragma once

#include <errno.h>

#include "failed_call.h"

namespace namespawn {

// Whether so many descriptors are open that none should be kept for later. `fd` has just been opened, and so shows the lowest number that
// was free.
bool IsScarce(int fd);
// Whether the caller holds the lock of an nsinit. It must not hold a lock of channels or slots.
enum NsinitLock { kNoNsinitLocked, kNsinitLocked };
// Closes what is prepared, and what is kept for children that are about to execute nsinit. Returns whether that has made room.
bool MakeRoom(NsinitLock lock);

inline bool LacksDescriptor(long result) { return result == -EMFILE || (result == -1 && errno == EMFILE); }
inline bool LacksDescriptor(const FailedCall &failed) { return failed.error == -EMFILE; }

// Makes a call that needs a descriptor, and repeats it once if it fails with EMFILE and room can be made. The call returns -1 and sets
// errno, or returns the negative errno, or a FailedCall. Does not change errno otherwise.
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
