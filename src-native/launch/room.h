// Room for descriptors. What is prepared for launches to come makes none of them fail, nor anything else of Node's, for want of a number.
#pragma once

#include <errno.h>

namespace namespawn {

// Whether so many descriptors are open that none is to be kept for later; `fd` is one that was just opened, so the lowest number that
// was free.
bool IsScarce(int fd);
// Whether the caller holds a launch's lock. No lock of channels or their slots may be held.
enum NsinitLock { kNoNsinitLocked, kNsinitLocked };
// Closes what is only prepared, and what is kept for children that execute nsinit at this moment. Answers whether that made room.
bool MakeRoom(NsinitLock lock);

// Calls again, once, where a call that answers -1 and errno, or the negative errno, found no descriptor free and there is room to be
// made. Keeps errno.
template <NsinitLock lock = kNoNsinitLocked, typename Call>
auto WithRoom(Call call) -> decltype(call()) {
  auto result = call();
  if (result == -EMFILE || (result == -1 && errno == EMFILE)) {
    const int error = errno;
    if (MakeRoom(lock)) return call();
    errno = error;
  }
  return result;
}

}  // namespace namespawn
