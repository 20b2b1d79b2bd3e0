// This thread's real ids made its effective ones while it lives, for a child that is to have a user namespace of its own.
//
// After process.seteuid() or setegid() they differ, and an execve with ids that differ is a set-user-ID program's: nsinit would lose its
// ambient capabilities by it, and be non-dumpable, so that it may not write its id maps. And the real id that stays would be one of
// outside: in the eyes of kill(2) a command whose real id is root's is root. In the new namespace nothing can be done about it before there
// are maps, so it is done here. The ids are those of a thread, by raw system calls; glibc's would change those of all.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

namespace namespawn {

class RealIds {
 public:
  // With all signals blocked: glibc changes the ids of other threads by one.
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
