// System calls without libc. Each answers the result or the negative errno, and notes which call failed last, so that a
// report can name it. Interrupted calls do not happen: nsinit keeps every signal blocked.
#pragma once

#include <asm/unistd.h>
#include <errno.h>

// The number of the call that failed last. The command's process shares nsinit's memory until it executes, so its last
// failure is here as well.
extern int failed_syscall;

#if defined(NSINIT_FUZZ)
// scripts/fuzz/ has a kernel of its own.
long raw_syscall(long number, long a, long b, long c, long d, long e, long f);
#elif defined(__x86_64__)
static inline long raw_syscall(long number, long a, long b, long c, long d, long e, long f) {
  long result = number;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "+a"(result)
                   : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
static inline long raw_syscall(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}
#else
#error "syscalls.h lacks this architecture: x86-64 and arm64 are supported"
#endif

static inline long noted_syscall(long number, long a, long b, long c, long d, long e, long f) {
  const long result = raw_syscall(number, a, b, c, d, e, f);
  if (result < 0) failed_syscall = (int)number;
  return result;
}

#define SYSCALL_7(number, a, b, c, d, e, f, ...) \
  noted_syscall(__NR_##number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
// sys(openat, AT_FDCWD, path, flags): the missing arguments are zeros.
#define sys(...) SYSCALL_7(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
