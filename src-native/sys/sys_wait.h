// Waits for processes without using a thread.
#pragma once

#include "unique_fd.h"

namespace namespawn {

// Reaps a child when it ends, because JavaScript does not wait for it any more.
void ReapWhenEnded(UniqueFd pidfd);

}  // namespace namespawn
