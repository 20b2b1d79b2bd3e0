// Waiting for processes without a thread of their own.
#pragma once

#include "unique_fd.h"

namespace namespawn {

// Waits for a child that nobody in JavaScript waits for any more, when it ends.
void ReapWhenEnded(UniqueFd pidfd);

}  // namespace namespawn
