// How nsinit ends, and what makes it end.
#include <linux/prctl.h>
#include <linux/time_types.h>

#include "../protocol/supervised_cgroup.h"
#include "kernel.h"
#include "nsinit.h"

void end_others(void) {
  if (state.cgroup >= 0) kill_cgroup(state.cgroup);
  if (state.flags & NSINIT_SETUP_IS_INIT)
    kill_namespace();
  else
    kill_descendants(state.children_file);
}

void leave(int status) {
  if (state.cgroup >= 0) kill_cgroup(state.cgroup);
  if (!(state.flags & NSINIT_SETUP_IS_INIT)) kill_descendants(state.children_file);
  if (state.cgroup >= 0) remove_cgroup();
  for (;;) raw_syscall(__NR_exit_group, status, 0, 0, 0, 0, 0);
}

void fail_init(long error) {
  const struct failure failure = {NSINIT_STAGE_INIT, 0, error};
  report_failure(0, &failure);
  leave(NSINIT_EXIT_BROKEN);
}

// The channel's end tells nsinit of Node's; this is for one that cannot look: it is traced, stopped, or in a system call that does not
// return. It stays for life, and follows the thread that launched nsinit: all launches of a thread end with it.
//
// A supervisor's sudden death would leave its command's descendants, and its cgroup. It is continued instead, if it is stopped, reads the
// channel's end, and ends them.
long die_with_node(void) {
  if (state.flags & NSINIT_SETUP_SURVIVES_NODE) return 0;
  const int leaves_nothing =
      state.flags & NSINIT_SETUP_IS_INIT || !(state.is_set_up || state.flags & NSINIT_SETUP_OWN_CGROUP);
  return sys(prctl, PR_SET_PDEATHSIG, leaves_nothing ? SIGKILL : SIGCONT);
}

int64_t now_ns(void) {
  struct __kernel_timespec now;
  required(sys(clock_gettime, 1 /* CLOCK_MONOTONIC */, &now));
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}
