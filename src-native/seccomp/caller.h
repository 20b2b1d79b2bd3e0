// The process that has made a system call.
#pragma once

#include <sys/types.h>

#include "unique_fd.h"

namespace namespawn {

// A process. `pidfd` is none if it could not be opened.
struct Caller {
  pid_t pid = 0;
  UniqueFd pidfd;
};

// Opens the process of a thread, which may have any id by the time that this returns: ask afterwards whether the call still waits.
Caller OpenCaller(pid_t thread);

}  // namespace namespawn
