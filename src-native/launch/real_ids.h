// While it exists, the effective ids of this thread are its real ids. This is for a child with a new user namespace.
//
// After process.seteuid() or setegid() they differ, and the kernel treats an execve with ids that differ like that of a set-user-ID program:
// nsinit would lose its ambient capabilities, and be non-dumpable, so that it may not write its id maps. The real id would also stay one of
// outside: kill(2) would allow everything to a command whose real id is that of root. In the new namespace ids can be changed only after its
// maps are written, so they are changed here. They are changed for this thread only, by raw system calls; glibc's functions change those of all
// threads.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

namespace namespawn {

class RealIds {
 public:
  // All signals must be blocked, because glibc changes the ids of other threads by a signal.
  explicit RealIds(bool is_wanted) {
    if (!is_wanted) return;
    has_gid_ = Take(SYS_getresgid, SYS_setresgid, &gid_);
    has_uid_ = Take(SYS_getresuid, SYS_setresuid, &uid_);
  }
  RealIds(const RealIds &) = delete;
  RealIds &operator=(const RealIds &) = delete;
  ~RealIds() {
    if (has_uid_) syscall(SYS_setresuid, uid_, -1, -1);
    if (has_gid_) syscall(SYS_setresgid, gid_, -1, -1);
  }

 private:
  static bool Take(long get, long set, unsigned *real) {
    unsigned effective, saved;
    if (syscall(get, real, &effective, &saved) < 0 || *real == effective) return false;
    // Where the saved id is another one, as in a set-user-ID program, there might be no way back.
    return saved == *real && syscall(set, effective, -1, -1) == 0;
  }

  unsigned uid_ = 0, gid_ = 0;
  bool has_uid_ = false, has_gid_ = false;
};

}  // namespace namespawn
