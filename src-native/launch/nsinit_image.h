// The file from which nsinit is executed.
#pragma once

#include "failed_call.h"

namespace namespawn {

// Determines the mode of the file.
enum class NsinitImageKind {
  kReadable,
  // A process in a new user namespace that executes this file cannot read it, because the owner of the file is not mapped yet. The kernel
  // therefore makes the process non-dumpable and assigns its memory to the user namespace outside (would_dump in fs/exec.c). Root inside
  // can neither trace the process nor open its files in /proc. Neither can an ordinary user outside.
  kUnreadable,
};

// Opens the file at the first call, and again if a namespace has changed its mode, which cannot be prevented before Linux 6.3. Sets `fd` to
// the descriptor, which must not be closed.
FailedCall NsinitImage(NsinitImageKind kind, int *fd);
// Sets the path of the nsinit that is shipped as a file, for machines that forbid executable memfds (vm.memfd_noexec=2). It is readable,
// whatever the kind.
void SetNsinitFile(const char *path);

}  // namespace namespawn
