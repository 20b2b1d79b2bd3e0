// Continues as PID 1 of a new PID namespace after nsinit has entered existing namespaces. Only a new process can be PID 1. The old one stays
// outside, and is the one whose pidfd Node has.
#include <linux/sched.h>

#include "kernel.h"
#include "nsinit.h"

// Ends in the same way as the init, so that Node receives its status.
__attribute__((noreturn)) static void mirror(int status) {
  const int signal = status & 0x7f;
  if (signal != 0) {
    const uint64_t none = 0;
    sys(kill, sys(getpid), signal);
    sys(rt_sigprocmask, SIG_SETMASK, &none, 0, sizeof none);
  }
  for (;;) raw_syscall(__NR_exit_group, mirrored(status), 0, 0, 0, 0, 0);
}

// Waits for the end of the init, and forwards signals that arrive outside to it.
__attribute__((noreturn)) static void wait_for(int init) {
  const uint64_t all = ~UINT64_C(0);
  for (;;) {
    int status;
    if (sys(wait4, init, &status, WNOHANG | __WALL, 0) == init) mirror(status);
    siginfo_t info;
    const long signal = sys(rt_sigtimedwait, &all, &info, 0, sizeof all);
    if (signal <= 0 || signal == SIGCHLD) continue;
    if (info.si_code == SI_QUEUE && info.si_int == NSINIT_WAKE) continue;
    sys(kill, init, signal);
  }
}

long start_init(const struct step *step) {
  const long init = sys(clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
  if (init < 0) return init;
  // The init dies with its parent, and the parent dies with Node.
  if (init == 0) return die_with_node();
  release(step->received);
  forget_file_system();
  sys(close, CHANNEL);
  wait_for((int)init);
}
