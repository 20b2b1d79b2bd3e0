// The end of nsinit, and what causes it.
#include <linux/prctl.h>

#include "../protocol/supervised_cgroup.h"
#include "kernel.h"
#include "nsinit.h"

void end_others(void) {
  if (state.cgroup >= 0) kill_cgroup(state.cgroup);
  if (state.flags & NSINIT_SETUP_IS_INIT)
    kill_namespace();
  else
    kill_descendants();
}

void leave(int status) {
  if (state.cgroup >= 0) kill_cgroup(state.cgroup);
  if (!(state.flags & NSINIT_SETUP_IS_INIT)) kill_descendants();
  if (state.cgroup >= 0) remove_cgroup();
  for (;;) raw_syscall(__NR_exit_group, status, 0, 0, 0, 0, 0);
}

void fail_init(long error) {
  const struct failure failure = {NSINIT_STAGE_INIT, 0, error};
  report_failure(0, &failure);
  leave(NSINIT_EXIT_BROKEN);
}

// Makes the kernel end nsinit when Node ends. The end-of-file of the channel reports that as well, but an nsinit that is stopped, traced,
// or in a system call that does not return cannot read it. The signal stays armed. The kernel sends it when the thread that launched nsinit
// ends; all launches of that thread end with it anyway.
//
// If a supervisor were killed, it would leave its command's descendants and its cgroup. It receives SIGCONT instead, which continues it if
// it is stopped. It then reads the end-of-file, and ends them.
long die_with_node(void) {
  if (state.flags & NSINIT_SETUP_SURVIVES_NODE) return 0;
  const int leaves_nothing =
      state.flags & NSINIT_SETUP_IS_INIT || !(state.is_set_up || state.flags & NSINIT_SETUP_OWN_CGROUP);
  return sys(prctl, PR_SET_PDEATHSIG, leaves_nothing ? SIGKILL : SIGCONT);
}

int64_t now_ns(void) {
  struct __kernel_timespec now;
  required(sys(clock_gettime, 1 /* CLOCK_MONOTONIC */, &now));
  return now.tv_sec * NS_PER_S + now.tv_nsec;
}
