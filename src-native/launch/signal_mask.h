// Blocks all signals while it exists. It makes a raw system call, because glibc's wrapper leaves out the two signals that glibc uses
// itself.
#pragma once

#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace namespawn {

class SignalMask {
 public:
  SignalMask() {
    const uint64_t all = ~UINT64_C(0);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before_, sizeof all);
  }
  SignalMask(const SignalMask &) = delete;
  SignalMask &operator=(const SignalMask &) = delete;
  ~SignalMask() { syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before_, nullptr, sizeof before_); }
  uint64_t before() const { return before_; }

 private:
  uint64_t before_ = 0;
};

}  // namespace namespawn
