// The descriptor from which nsinit is executed.
#pragma once

namespace namespawn {

// Opens it at the first call. Answers the descriptor, which stays the process's own, or the negative errno.
int NsinitImage();
// After an EACCES from executing it: makes it anew, for kernels before 6.3 have no seal against chmod from inside.
int RenewNsinitImage();
// Where the shipped file lies, for machines that forbid executable memfds (vm.memfd_noexec=2).
void SetNsinitFile(const char *path);

}  // namespace namespawn
