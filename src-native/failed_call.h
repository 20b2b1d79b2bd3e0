// A failure, with the system call that has failed. An errno alone does not say which of several calls it was.
#pragma once

#include <errno.h>

namespace namespawn {

// The `syscall_number` of a failure of pthread_create(3), which makes several system calls.
constexpr int kPthreadCreate = -2;

struct FailedCall {
  int error = 0;            // the negative errno, or 0 if nothing has failed
  int syscall_number = -1;  // -1 if the failure was found without a system call

  // Describes the call that has just set errno.
  static FailedCall Now(long syscall_number) { return {-errno, static_cast<int>(syscall_number)}; }
  explicit operator bool() const { return error < 0; }
};

}  // namespace namespawn
