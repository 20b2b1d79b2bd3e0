// Reaps children, and counts the resources that they have used.

#include "kernel.h"
#include "nsinit.h"

#define RUSAGE_CHILDREN -1
// struct rusage of linux/resource.h, which needs a struct timeval that only libc defines.
struct kernel_rusage {
  struct __kernel_old_timeval user, system;
  long max_rss, ixrss, idrss, isrss, minor_faults, major_faults, swaps, block_inputs, block_outputs;
  long messages_sent, messages_received, signals, voluntary_switches, involuntary_switches;
};

static uint64_t microseconds(const struct __kernel_old_timeval *time) {
  return (uint64_t)time->tv_sec * 1000000 + (uint64_t)time->tv_usec;
}

static struct nsinit_usage usage_of(const struct kernel_rusage *r) {
  return (struct nsinit_usage){
      microseconds(&r->user),     microseconds(&r->system),        (uint64_t)r->max_rss,
      (uint64_t)r->minor_faults,  (uint64_t)r->major_faults,       (uint64_t)r->block_inputs,
      (uint64_t)r->block_outputs, (uint64_t)r->voluntary_switches, (uint64_t)r->involuntary_switches,
  };
}

// Finds the next child that has ended. A zombie still has its session. If the call is refused, wait4 takes any child.
static long next_dead_child(struct death *death) {
  siginfo_t info = {0};
  const long error = sys(waitid, P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL, 0);
  const int pid = info.si_pid;
  if (error < 0 || pid == 0) return -1;
  const long session = sys(getsid, pid), group = sys(getpgid, pid);
  death->session = session > 0 ? (int)session : 0;
  death->group = group > 0 ? (int)group : 0;
  return pid;
}

long reap_child(struct death *death, int with_session) {
  struct kernel_rusage numbers;
  *death = (struct death){0};
  const long which = with_session ? next_dead_child(death) : -1;
  const long pid = sys(wait4, which, &death->status, WNOHANG | __WALL, &numbers);
  if (pid > 0) death->usage = usage_of(&numbers);
  death->pid = (int)pid;
  return pid;
}

int stop_of(int pid) {
  int info[32] = {0};  // siginfo_t, whose fifth number is si_pid, and the seventh si_status
  const long error = sys(waitid, P_PID, pid, info, WSTOPPED | WNOHANG | __WALL, 0);
  return error == 0 && info[4] == pid ? info[6] : 0;
}

void add_usage(struct nsinit_usage *sum, const struct nsinit_usage *more) {
  if (more->max_rss > sum->max_rss) sum->max_rss = more->max_rss;
  sum->user_us += more->user_us;
  sum->system_us += more->system_us;
  sum->minor_faults += more->minor_faults;
  sum->major_faults += more->major_faults;
  sum->block_inputs += more->block_inputs;
  sum->block_outputs += more->block_outputs;
  sum->voluntary_switches += more->voluntary_switches;
  sum->involuntary_switches += more->involuntary_switches;
}

struct nsinit_usage usage_of_children(void) {
  struct kernel_rusage numbers = {0};
  // If this is refused, the counts stay 0.
  sys(getrusage, RUSAGE_CHILDREN, &numbers);
  return usage_of(&numbers);
}
