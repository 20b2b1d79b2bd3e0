// Waiting for processes without a thread of their own.
#pragma once

#include "unique_fd.h"

namespace namespawn {

// Waits for a child that nobody in JavaScript waits for any more, when it ends.
void ReapAtItsEnd(UniqueFd pidfd);

}  // namespace namespawn
