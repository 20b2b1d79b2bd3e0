// The code that runs between clone and exec, in Node's memory. It makes raw system calls, allocates nothing, does not use libc (whose
// wrappers keep state for each thread, and whose set*id functions signal every thread), and never returns. scripts/check-child.sh checks
// that this file refers to no other one.
#include "child.h"

#include <linux/capability.h>
#include <linux/fcntl.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/signal.h>

#include "../protocol/clone_on_stack.h"
#include "../protocol/compatibility.h"
#include "../protocol/protocol.h"
#include "../protocol/raw_syscall.h"

__attribute__((noreturn)) static void leave(void) {
  for (;;) raw_syscall(__NR_exit_group, NSINIT_EXIT_FAILED, 0, 0, 0, 0, 0);
}

__attribute__((noreturn)) static void fail(int channel, uint32_t step, long error, int number) {
  struct nsinit_report report;
  // There is no initialiser, because the compiler could turn it into a call of memset.
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
  struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
  for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) sets[i].effective = sets[i].permitted = sets[i].inheritable = ~0u;
  const long error = raw_syscall(__NR_capset, (long)&header, (long)sets, 0, 0, 0, 0);
  if (error < 0) return error;
  // After the last capability that this kernel has, this fails with EINVAL.
  for (long capability = 0; capability < 32 * _LINUX_CAPABILITY_U32S_3; capability++)
    if (raw_syscall(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0, 0) < 0) break;
  return 0;
}

static void child_main(void *argument) {
  const struct namespawn_child *child = argument;
  // Gives the child a table of its own with the low descriptors only. To copy 15,000 descriptors takes 700 us, this takes 48 us (Linux
  // 6.18).
  const int above = (child->channel > child->image ? child->channel : child->image) + 1;
  long error = raw_syscall(__NR_close_range, above, ~0u, CLOSE_RANGE_UNSHARE, 0, 0, 0);
  if (error < 0) fail(child->channel, NSINIT_NODE_CHILD_DESCRIPTORS, error, __NR_close_range);
  error = raw_syscall(__NR_dup3, child->channel, 0, 0, 0, 0, 0);
  if (error < 0) fail(child->channel, NSINIT_NODE_CHILD_DESCRIPTORS, error, __NR_dup3);
  // Node may have inherited or opened descriptors without O_CLOEXEC.
  error = raw_syscall(__NR_close_range, 1, ~0u, CLOSE_RANGE_CLOEXEC, 0, 0, 0);
  if (error < 0) fail(0, NSINIT_NODE_CHILD_DESCRIPTORS, error, __NR_close_range);
  if (child->keep_capabilities) {
    error = raise_capabilities();
    if (error < 0) fail(0, NSINIT_NODE_CHILD_CAPABILITIES, error, __NR_capset);
  }
  char *arguments[2];
  arguments[0] = (char *)"nsinit";
  arguments[1] = (char *)0;
  // The environment is empty, because Node's may contain secrets.
  error = raw_syscall(__NR_execveat, child->image, (long)"", (long)arguments, (long)&arguments[1], AT_EMPTY_PATH, 0);
  fail(0, NSINIT_NODE_CHILD_EXEC, error, __NR_execveat);
}

long namespawn_clone_child(struct namespawn_child *child) {
  struct clone3_args arguments = {
      // Untraced: a debugger would mistake a process that shares Node's memory for a thread of Node, and lose Node when that process
      // executes nsinit.
      .flags = CLONE_VM | CLONE_FILES | CLONE_PIDFD | CLONE_CLEAR_SIGHAND | CLONE_CHILD_CLEARTID | CLONE_UNTRACED |
               child->clone_flags,
      .pidfd = (uint64_t)(uintptr_t)&child->pidfd,
      .child_tid = (uint64_t)(uintptr_t)&child->is_in_our_memory,
      .stack = (uint64_t)(uintptr_t)child->stack,
      .stack_size = child->stack_size,
      // There is no exit_signal. Until its exec, waitpid(-1) does not find the child, and its end causes no SIGCHLD.
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
  // Moves the sources above the targets first, so that no target overwrites a source.
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
  // CLONE_CLEAR_SIGHAND removes handlers only. A signal that Node ignores (SIGPIPE) would stay ignored.
  unsigned long default_action[4];
  for (int i = 0; i < 4; i++) default_action[i] = 0;
  for (int signal = 1; signal <= 8 * (int)sizeof exec->mask; signal++)
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
