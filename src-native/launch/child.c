// What runs between clone and exec, in Node's own memory: raw system calls only, no allocation, no libc (its wrappers
// keep state a thread, and its set*id calls signal every thread), nothing that returns. scripts/check-child.sh makes
// sure that this file refers to no other.
#include "child.h"

#include <linux/capability.h>
#include <linux/fcntl.h>
#include <linux/prctl.h>
#include <linux/sched.h>

#include "../protocol/clone_on_stack.h"
#include "../protocol/compatibility.h"
#include "../protocol/protocol.h"
#include "../protocol/raw_syscall.h"

#define SIG_SETMASK 2

__attribute__((noreturn)) static void leave(void) {
  for (;;) raw_syscall(__NR_exit_group, 127, 0, 0, 0, 0, 0);
}

__attribute__((noreturn)) static void fail(int channel, uint32_t step, long error, int number) {
  struct nsinit_report report;
  // No initialiser: it could become a call of memset.
  report.type = NSINIT_REPORT_FAILED;
  report.id = 0;
  report.u.failed.stage = NSINIT_STAGE_NODE;
  report.u.failed.operation = step;
  report.u.failed.error = (int32_t)-error;
  report.u.failed.syscall_number = number;
  raw_syscall(__NR_write, channel, (long)&report, sizeof report, 0, 0, 0);
  leave();
}

static long raise_capabilities(void) {
  struct __user_cap_header_struct header;
  header.version = _LINUX_CAPABILITY_VERSION_3;
  header.pid = 0;
  struct __user_cap_data_struct sets[2];
  for (int i = 0; i < 2; i++) sets[i].effective = sets[i].permitted = sets[i].inheritable = ~0u;
  const long error = raw_syscall(__NR_capset, (long)&header, (long)sets, 0, 0, 0, 0);
  if (error < 0) return error;
  // Ends with EINVAL behind the last one that this kernel knows.
  for (long capability = 0; capability < 64; capability++)
    if (raw_syscall(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0, 0) < 0) break;
  return 0;
}

static void child_main(void *argument) {
  const struct namespawn_child *child = argument;
  // A table of its own, of no more than the low descriptors: a copy of 15,000 takes 700 us, this 48 (Linux 6.18).
  const int above = (child->channel > child->image ? child->channel : child->image) + 1;
  long error = raw_syscall(__NR_close_range, above, ~0u, CLOSE_RANGE_UNSHARE, 0, 0, 0);
  if (error < 0) fail(child->channel, NSINIT_NODE_CHILD_DESCRIPTORS, error, __NR_close_range);
  error = raw_syscall(__NR_dup3, child->channel, 0, 0, 0, 0, 0);
  if (error < 0) fail(child->channel, NSINIT_NODE_CHILD_DESCRIPTORS, error, __NR_dup3);
  // Whatever else Node has inherited or opened without O_CLOEXEC.
  error = raw_syscall(__NR_close_range, 1, ~0u, CLOSE_RANGE_CLOEXEC, 0, 0, 0);
  if (error < 0) fail(0, NSINIT_NODE_CHILD_DESCRIPTORS, error, __NR_close_range);
  if (child->keep_capabilities) {
    error = raise_capabilities();
    if (error < 0) fail(0, NSINIT_NODE_CHILD_CAPABILITIES, error, __NR_capset);
  }
  char *arguments[2];
  arguments[0] = (char *)"nsinit";
  arguments[1] = (char *)0;
  // An empty environment: Node's may hold secrets.
  error = raw_syscall(__NR_execveat, child->image, (long)"", (long)arguments, (long)&arguments[1], AT_EMPTY_PATH, 0);
  fail(0, NSINIT_NODE_CHILD_EXEC, error, __NR_execveat);
}

long namespawn_clone_child(struct namespawn_child *child) {
  struct clone3_args arguments = {
      // Untraced: a debugger would take what shares Node's memory for one of its threads, and lose Node when it executes nsinit.
      .flags = CLONE_VM | CLONE_FILES | CLONE_PIDFD | CLONE_CLEAR_SIGHAND | CLONE_CHILD_CLEARTID | CLONE_UNTRACED |
               child->clone_flags,
      .pidfd = (uint64_t)(uintptr_t)&child->pidfd,
      .child_tid = (uint64_t)(uintptr_t)&child->is_in_our_memory,
      .stack = (uint64_t)(uintptr_t)child->stack,
      .stack_size = child->stack_size,
      // No exit_signal: until its exec the child is hidden from waitpid(-1) and SIGCHLD.
  };
  child->is_in_our_memory = 1;
  return clone_on_stack(&arguments, child_main, child);
}

// ---- namespawn/sys

__attribute__((noreturn)) static void fail_exec(struct namespawn_exec *exec, long error, int number) {
  exec->error = (int)-error;
  exec->syscall_number = number;
  leave();
}

static void exec_main(void *argument) {
  struct namespawn_exec *exec = argument;
  const uint32_t count = exec->descriptor_count;
  // Out of the way of the targets first.
  for (uint32_t i = 0; i < count; i++) {
    const long moved = raw_syscall(__NR_fcntl, exec->descriptors[i], F_DUPFD_CLOEXEC, count, 0, 0, 0);
    if (moved < 0) fail_exec(exec, moved, __NR_fcntl);
    exec->moved_descriptors[i] = (int)moved;
  }
  for (uint32_t i = 0; i < count; i++) {
    const long error = raw_syscall(__NR_dup3, exec->moved_descriptors[i], i, 0, 0, 0, 0);
    if (error < 0) fail_exec(exec, error, __NR_dup3);
  }
  const long error = raw_syscall(__NR_close_range, count, ~0u, CLOSE_RANGE_CLOEXEC, 0, 0, 0);
  if (error < 0) fail_exec(exec, error, __NR_close_range);
  // What Node ignores (SIGPIPE) stays ignored otherwise: CLONE_CLEAR_SIGHAND is about handlers.
  unsigned long default_action[4];
  for (int i = 0; i < 4; i++) default_action[i] = 0;
  for (int signal = 1; signal <= 64; signal++)
    raw_syscall(__NR_rt_sigaction, signal, (long)default_action, 0, sizeof exec->mask, 0, 0);
  raw_syscall(__NR_rt_sigprocmask, SIG_SETMASK, (long)&exec->mask, 0, sizeof exec->mask, 0, 0);
  fail_exec(exec, raw_syscall(__NR_execve, (long)exec->path, (long)exec->arguments, (long)exec->environment, 0, 0, 0),
            __NR_execve);
}

long namespawn_clone_exec(struct namespawn_exec *exec) {
  struct clone3_args arguments = {
      .flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_CLEAR_SIGHAND | exec->clone_flags,
      .pidfd = (uint64_t)(uintptr_t)&exec->pidfd,
      .exit_signal = exec->exit_signal,
      .stack = (uint64_t)(uintptr_t)exec->stack,
      .stack_size = exec->stack_size,
      .set_tid = (uint64_t)(uintptr_t)exec->set_tid,
      .set_tid_size = exec->set_tid_size,
      .cgroup = (uint64_t)exec->cgroup,
  };
  return clone_on_stack(&arguments, exec_main, exec);
}
