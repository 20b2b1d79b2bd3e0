// Why something could not be done. An errno alone does not say which of several system calls has failed.
#pragma once

#include <errno.h>

namespace namespawn {

// What `syscall_number` is for a failure of pthread_create(3), which may be that of several system calls.
constexpr int kPthreadCreate = -2;

struct FailedCall {
  int error = 0;            // the negative errno, or 0: nothing has failed
  int syscall_number = -1;  // -1: no system call was made

  // The call that has just failed, as errno says.
  static FailedCall Now(long syscall_number) { return {-errno, static_cast<int>(syscall_number)}; }
  explicit operator bool() const { return error < 0; }
};

}  // namespace namespawn
