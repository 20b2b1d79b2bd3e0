// The descriptor from which nsinit is executed.
#pragma once

#include "failed_call.h"

namespace namespawn {

// For whom it is, and so its mode.
enum class NsinitImageKind {
  kReadable,
  // A process that executes it in a new user namespace cannot read it there, since its owner is not mapped yet. So the kernel makes the
  // process not dumpable, and leaves its memory to the user namespace outside (would_dump of fs/exec.c): whoever is root inside can
  // neither trace it nor open what belongs to it under /proc. Nor can an ordinary user outside.
  kUnreadable,
};

// Opens it at the first call, and anew where a namespace has taken its mode away: kernels before 6.3 have no seal against that.
// `fd` is set to the descriptor, which must not be closed.
FailedCall NsinitImage(NsinitImageKind kind, int *fd);
// Where the shipped file lies, for machines that forbid executable memfds (vm.memfd_noexec=2). It is readable, whatever the kind.
void SetNsinitFile(const char *path);

}  // namespace namespawn
