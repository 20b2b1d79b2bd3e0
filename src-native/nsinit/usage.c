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

long reap_child(int *status, struct nsinit_usage *usage) {
  struct kernel_rusage numbers;
  const long pid = sys(wait4, -1, status, WNOHANG | __WALL, &numbers);
  if (pid > 0) *usage = usage_of(&numbers);
  return pid;
}

struct nsinit_usage usage_of_children(void) {
  struct kernel_rusage numbers = {0};
  // If this is refused, the counts stay 0.
  sys(getrusage, RUSAGE_CHILDREN, &numbers);
  return usage_of(&numbers);
}
