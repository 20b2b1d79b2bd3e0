// The descriptor from which nsinit is executed.
#pragma once

namespace namespawn {

// Opens it at the first call, and anew where a namespace has taken its mode away: kernels before 6.3 have no seal against that.
// Answers the descriptor, which stays the process's own, or the negative errno.
int NsinitImage();
// Where the shipped file lies, for machines that forbid executable memfds (vm.memfd_noexec=2).
void SetNsinitFile(const char *path);

}  // namespace namespawn
