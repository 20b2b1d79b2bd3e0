// clone3 and clone with a stack and a function for the child. glibc has no wrapper for clone3, nsinit has no glibc, and
// a child that shares its parent's memory must not return into its parent's frames.
#pragma once

#include <asm/unistd.h>
#include <errno.h>
#include <linux/sched.h>
#include <stdint.h>

#include "compatibility.h"

// The fields are spelt out because linux/sched.h of older distributions lacks the last three.
struct clone3_args {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

#if defined(NSINIT_FUZZ)
// scripts/fuzz/ runs the child in place.
long clone3_on_stack(const struct clone3_args *args, void (*function)(void *), void *argument);
long legacy_clone_on_stack(const struct clone3_args *args, void (*function)(void *), void *argument);
#else
// Answers the child's PID or the negative errno. `function` must not return.
static inline long clone3_on_stack(const struct clone3_args *args, void (*function)(void *), void *argument) {
#if defined(__x86_64__)
  long result = __NR_clone3;
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
      : "D"(args), "S"(sizeof *args), "r"(child_function), "r"(child_argument)
      : "rcx", "r11", "memory", "cc");
  return result;
#elif defined(__aarch64__)
  register long number __asm__("x8") = __NR_clone3;
  register long result __asm__("x0") = (long)args;
  register long size __asm__("x1") = sizeof *args;
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
      : "r"(number), "r"(size), "r"(child_function), "r"(child_argument)
      : "memory", "cc");
  return result;
#else
#error "clone_on_stack.h lacks this architecture: x86-64 and arm64 are supported"
#endif
}

// clone(2), for where seccomp profiles of containers refuse clone3: they cannot look into its arguments.
static inline long legacy_clone_on_stack(const struct clone3_args *args, void (*function)(void *), void *argument) {
  const long flags = (long)((args->flags & 0xffffffffu) | args->exit_signal);
  const long stack = (long)(args->stack + args->stack_size);
  // Without CLONE_PARENT_SETTID the third argument is where the pidfd goes.
  const long parent_tid = (long)((args->flags & CLONE_PIDFD) ? args->pidfd : args->parent_tid);
#if defined(__x86_64__)
  long result = __NR_clone;
  register long child_tid __asm__("r10") = (long)args->child_tid;
  register long tls __asm__("r8") = (long)args->tls;
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
      : "D"(flags), "S"(stack), "d"(parent_tid), "r"(child_tid), "r"(tls), "r"(child_function), "r"(child_argument)
      : "rcx", "r11", "memory", "cc");
  return result;
#else
  register long number __asm__("x8") = __NR_clone;
  register long result __asm__("x0") = flags;
  register long child_stack __asm__("x1") = stack;
  register long parent __asm__("x2") = parent_tid;
  register long tls __asm__("x3") = (long)args->tls;
  register long child_tid __asm__("x4") = (long)args->child_tid;
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
      : "r"(number), "r"(child_stack), "r"(parent), "r"(tls), "r"(child_tid), "r"(child_function), "r"(child_argument)
      : "memory", "cc");
  return result;
#endif
}

#endif

// clone3, and clone where that is refused but can do the same: profiles answer ENOSYS (Docker, Podman) or EPERM
// (systemd, older ones). Where EPERM is the kernel's own answer, clone gives it as well.
static inline long clone_on_stack(const struct clone3_args *args, void (*function)(void *), void *argument) {
  long result = clone3_on_stack(args, function, argument);
  if (result != -ENOSYS && result != -EPERM) return result;
  const int only_clone3 = args->set_tid_size != 0 || (args->flags & CLONE_INTO_CGROUP) != 0;
  if (only_clone3) return result;
  return legacy_clone_on_stack(args, function, argument);
}
