// nsinit's system calls. Each returns the result or the negative errno, and records which call failed last, so that a report can name it.
// A call is never interrupted, because nsinit keeps every signal blocked.
#pragma once

#include "../protocol/raw_syscall.h"

// The number of the call that failed last. The command's process shares nsinit's memory until it executes the command, so its last
// failure is recorded here as well.
extern int failed_syscall;

static inline long recorded_syscall(long number, long a, long b, long c, long d, long e, long f) {
  const long result = raw_syscall(number, a, b, c, d, e, f);
  if (result < 0) failed_syscall = (int)number;
  return result;
}

// sys(openat, AT_FDCWD, path, flags): arguments that are left out are zeros.
#define SYS_7(number, a, b, c, d, e, f, ...) \
  recorded_syscall(__NR_##number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define sys(...) SYS_7(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
