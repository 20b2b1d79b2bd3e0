// System calls without libc. They return the result or the negative errno, and do not change libc's errno.
#pragma once

#include <asm/unistd.h>
#include <errno.h>

#if defined(NSINIT_FUZZ)
// scripts/fuzz/kernel.c simulates the kernel.
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
#error "raw_syscall.h supports x86-64 and arm64 only"
#endif

// RAW_SYSCALL(openat, AT_FDCWD, path, flags): arguments that are left out are zeros.
#define RAW_SYSCALL_7(number, a, b, c, d, e, f, ...) \
  raw_syscall(__NR_##number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define RAW_SYSCALL(...) RAW_SYSCALL_7(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
