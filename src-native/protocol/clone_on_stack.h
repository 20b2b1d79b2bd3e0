// clone3(2) and clone(2) with a stack and a function for the child. glibc has no wrapper for clone3, nsinit has no glibc, and a child that
// shares its parent's memory must not return into its parent's frames.
#pragma once

#include <asm/unistd.h>
#include <errno.h>
#include <linux/sched.h>
#include <stdint.h>

#include "compatibility.h"

// struct clone_args. Its fields are spelt out here, because linux/sched.h of older distributions lacks the last three.
struct clone3_args {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

// Enough for a child that executes a program along PATH: PATH_MAX, and the frames of a few functions.
#define CHILD_STACK_SIZE 16384

#if defined(NSINIT_FUZZ)
// scripts/fuzz/kernel.c runs the child in place.
long clone3_on_stack(const struct clone3_args *args, void (*function)(void *), void *argument);
long legacy_clone_on_stack(const struct clone3_args *args, void (*function)(void *), void *argument);
#else

// A clone. The child starts on its own stack, where it calls the function, which must not return.
#if defined(__x86_64__)
static inline long call_on_new_stack(long number, long a, long b, long c, long d, long e, void (*function)(void *),
                                     void *argument) {
  long result = number;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register void (*child_function)(void *) __asm__("r12") = function;
  register void *child_argument __asm__("r13") = argument;
  __asm__ volatile(
      "syscall\n\t"
      "testq %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xorl %%ebp, %%ebp\n\t"
      "movq %%r13, %%rdi\n\t"
      "callq *%%r12\n\t"
      "ud2\n"
      "1:"
      : "+a"(result)
      : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(child_function), "r"(child_argument)
      : "rcx", "r11", "memory", "cc");
  return result;
}
#elif defined(__aarch64__)
static inline long call_on_new_stack(long number, long a, long b, long c, long d, long e, void (*function)(void *),
                                     void *argument) {
  register long x8 __asm__("x8") = number;
  register long result __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register void (*child_function)(void *) __asm__("x20") = function;
  register void *child_argument __asm__("x21") = argument;
  __asm__ volatile(
      "svc 0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x29, xzr\n\t"
      "mov x0, x21\n\t"
      "blr x20\n\t"
      "brk 1\n"
      "1:"
      : "+r"(result)
      : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(child_function), "r"(child_argument)
      : "memory", "cc");
  return result;
}
#else
#error "clone_on_stack.h supports x86-64 and arm64 only"
#endif

// Returns the child's PID or the negative errno.
static inline long clone3_on_stack(const struct clone3_args *args, void (*function)(void *), void *argument) {
  return call_on_new_stack(__NR_clone3, (long)args, sizeof *args, 0, 0, 0, function, argument);
}

// The same by clone(2), for containers whose seccomp profile refuses clone3 because a filter cannot read its arguments.
static inline long legacy_clone_on_stack(const struct clone3_args *args, void (*function)(void *), void *argument) {
  const long flags = (long)((args->flags & 0xffffffffu) | args->exit_signal);
  const long stack = (long)(args->stack + args->stack_size);
  // The third argument says where the pidfd is written, unless CLONE_PARENT_SETTID is set.
  const long parent_tid = (long)((args->flags & CLONE_PIDFD) ? args->pidfd : args->parent_tid);
  const long child_tid = (long)args->child_tid, tls = (long)args->tls;
#if defined(__x86_64__)
  return call_on_new_stack(__NR_clone, flags, stack, parent_tid, child_tid, tls, function, argument);
#else
  return call_on_new_stack(__NR_clone, flags, stack, parent_tid, tls, child_tid, function, argument);
#endif
}

#endif

// clone3(2), and clone(2) if clone3 is refused and clone can do the same. Profiles refuse clone3 with ENOSYS (Docker, Podman) or EPERM
// (systemd, older ones). If it is the kernel that refuses it with EPERM, clone fails with EPERM as well.
static inline long clone_on_stack(const struct clone3_args *args, void (*function)(void *), void *argument) {
  const long result = clone3_on_stack(args, function, argument);
  if (result != -ENOSYS && result != -EPERM) return result;
  const int only_clone3 = args->set_tid_size != 0 || (args->flags & CLONE_INTO_CGROUP) != 0;
  return only_clone3 ? result : legacy_clone_on_stack(args, function, argument);
}
