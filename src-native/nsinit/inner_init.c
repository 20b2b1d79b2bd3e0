// PID 1 of a new PID namespace, where nsinit first had to enter namespaces of others. Only a new process can be PID 1. The old one stays
// outside: it is the one that Node has a pidfd of.
#include <linux/sched.h>
#include <linux/signal.h>

#include "kernel.h"
#include "nsinit.h"

// Ends as the init has ended, so that Node learns how.
__attribute__((noreturn)) static void mirror(int status) {
  const int signal = status & 0x7f;
  if (signal != 0) {
    const uint64_t none = 0;
    sys(kill, sys(getpid), signal);
    sys(rt_sigprocmask, SIG_SETMASK, &none, 0, sizeof none);
  }
  for (;;) raw_syscall(__NR_exit_group, signal != 0 ? 128 + signal : status >> 8 & 0xff, 0, 0, 0, 0, 0);
}

// Passes the signals that arrive outside to the init, which knows what to do with them.
__attribute__((noreturn)) static void wait_for(int init) {
  const uint64_t all = ~UINT64_C(0);
  for (;;) {
    int status;
    if (sys(wait4, init, &status, WNOHANG | WALL, 0) == init) mirror(status);
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
  // The init dies with its parent, and this one with Node.
  if (init == 0) return die_with_node();
  release(step->received);
  sys(close, CHANNEL);
  wait_for((int)init);
}
