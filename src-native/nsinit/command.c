// Starts a command. Its process shares nsinit's memory until it executes the command, and nsinit waits for that (CLONE_VFORK). So the
// process reports a failure in that memory, and nothing is copied.
//
// Where Node decides about calls of the command, the descriptor for that (the listener) comes into being with the filter in the process of the
// command, which must not make any further call by then: the filter could hand it to Node, which does not have the listener yet. So there is a
// process between nsinit and the command, the helper. It shares the table of descriptors with the command's process until that executes the
// command, waits for this, and then sends the listener. It is cloned before the filter exists, and so is not subject to it.
#include <linux/prctl.h>
#include <linux/sched.h>

#include "../protocol/clone_on_stack.h"
#include "kernel.h"
#include "nsinit.h"

// If nsinit dies while the command's process still shares its memory, the kernel writes 0 here (set_tid_address) before it sends PDEATHSIG.
// getppid(2) cannot be used for this, because in a new PID namespace it always returns 0.
static int supervisor = 1;

static char stack[CHILD_STACK_SIZE] __attribute__((aligned(16)));
static char helper_stack[CHILD_STACK_SIZE] __attribute__((aligned(16)));

__attribute__((noreturn)) static void fail(struct start *start, enum nsinit_stage stage, uint32_t index, long error) {
  start->failure = (struct failure){stage, index, error};
  start->failed_syscall = failed_syscall;
  raw_syscall(__NR_exit_group, NSINIT_EXIT_FAILED, 0, 0, 0, 0, 0);
  // A filter that has just been installed refuses to exit. A fault ends any process, even a PID 1.
  for (;;) __builtin_trap();
}

// What has to be done after the last change of credentials, and before a filter is installed that may refuse it. Returns 0 or the negative
// errno, and sets the stage of a failure.
static long make_ready(const struct start *start, enum nsinit_stage *stage) {
  *stage = NSINIT_STAGE_COMMAND;
  // The command must end when its supervisor is killed. The changes of credentials have cleared PDEATHSIG, so this comes after them.
  const int is_supervised = !(state.flags & NSINIT_SETUP_IS_INIT);
  const uint64_t signal = start->parent_death_signal != 0 ? start->parent_death_signal : SIGKILL;
  if (is_supervised || start->parent_death_signal != 0) {
    const long error = sys(prctl, PR_SET_PDEATHSIG, signal);
    if (error < 0) return error;
  }
  if (is_supervised) {
    // If the supervisor was killed from outside before, the kernel sends no signal.
    *stage = NSINIT_STAGE_CLONE;
    if (__atomic_load_n(&supervisor, __ATOMIC_ACQUIRE) == 0) return -ESRCH;
    *stage = NSINIT_STAGE_COMMAND;
  }
  const uint64_t none = 0;
  return sys(rt_sigprocmask, SIG_SETMASK, &none, 0, sizeof none);
}

static void command_main(void *argument) {
  struct start *start = argument;
  if (!(state.flags & NSINIT_SETUP_IS_INIT)) start->spawned.u.spawned.namespace_pid = (int)sys(getpid);
  if (state.has_ids)
    copy_ids(start->spawned.u.spawned.namespaces, state.ids);
  else
    note_namespaces(state.namespaces, start->spawned.u.spawned.namespaces);
  int is_ready = 0;
  for (uint32_t index = 0;; index++) {
    const struct nsinit_operation *operation = next_operation(&start->operations);
    if (operation == NULL) {
      failed_syscall = -1;
      fail(start, NSINIT_STAGE_PROTOCOL, index, -EPROTO);
    }
    if (!is_ready && (operation->code == NSINIT_OP_SECCOMP || operation->code == NSINIT_OP_EXEC)) {
      enum nsinit_stage stage;
      const long error = make_ready(start, &stage);
      if (error < 0) fail(start, stage, stage == NSINIT_STAGE_CLONE ? 0 : index, error);
      is_ready = 1;
    }
    if (operation->code == NSINIT_OP_SECCOMP && operation->u.seccomp.channel != 0) start->listener_index = index;
    const struct step step = {operation, start, start->received};
    const long error = run_operation(&step);
    if (error < 0) fail(start, NSINIT_STAGE_COMMAND, index, error);
  }
}

// Clones the process of the command.
static long clone_command(const struct clone3_args *arguments, struct start *start) {
  const int cgroup = state.cgroup;
  if (cgroup >= 0) {
    struct clone3_args inside = *arguments;
    inside.flags |= CLONE_INTO_CGROUP;
    inside.cgroup = (uint64_t)cgroup;
    const long pid = clone3_on_stack(&inside, command_main, start);
    if (pid > 0) return pid;
    // The cgroup cannot be entered, or clone3 is refused. nsinit then kills the command's descendants one by one.
  }
  // Without set_tid clone suffices, which the profiles of containers allow.
  return arguments->set_tid_size != 0 ? clone3_on_stack(arguments, command_main, start)
                                      : legacy_clone_on_stack(arguments, command_main, start);
}

static void helper_main(void *argument) {
  struct start *start = argument;
  struct clone3_args arguments = *start->arguments;
  arguments.flags |= CLONE_FILES | CLONE_PARENT;
  // With CLONE_PARENT the kernel takes the signal of the helper.
  arguments.exit_signal = 0;
  start->pid = clone_command(&arguments, start);
  if (start->pid > 0 && start->failure.error == 0) {
    const long error = send_descriptor(start->channel, start->listener);
    if (error < 0) {
      start->failure = (struct failure){NSINIT_STAGE_COMMAND, start->listener_index, error};
      start->failed_syscall = failed_syscall;
    }
  }
  raw_syscall(__NR_exit_group, 0, 0, 0, 0, 0, 0);
  for (;;) __builtin_trap();
}

// Clones the helper, which clones the process of the command as a child of nsinit.
static long clone_helper(struct clone3_args *arguments, struct start *start) {
  const struct clone3_args helper = {
      .flags = CLONE_VFORK | (arguments->flags & CLONE_VM),
      .exit_signal = SIGCHLD,
      .stack = (uint64_t)(uintptr_t)helper_stack,
      .stack_size = sizeof helper_stack,
  };
  start->arguments = arguments;
  const long pid = legacy_clone_on_stack(&helper, helper_main, start);
  if (pid < 0) return pid;
  // Its descriptors are closed when it is reaped.
  raw_syscall(__NR_wait4, pid, 0, __WALL, 0, 0, 0);
  return start->pid;
}

// Whether a filter of the command has a listener.
static int has_listener(struct cursor operations) {
  for (const struct nsinit_operation *operation; (operation = next_operation(&operations)) != NULL;)
    if (operation->code == NSINIT_OP_SECCOMP && operation->u.seccomp.channel != 0) return 1;
  return 0;
}

static long clone_process(struct clone3_args *arguments, struct start *start) {
  return has_listener(start->operations) ? clone_helper(arguments, start) : clone_command(arguments, start);
}

// Linux 6.1 does not let a process share memory with one of another time namespace, even until its exec. So nsinit's few pages are copied,
// and the child reports its failure in a page that both share.
static long clone_with_own_memory(struct clone3_args *arguments, struct start *start) {
  const long page = sys(mmap, 0, sizeof *start, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page < 0) return page;
  struct start *shared = (struct start *)page;
  *shared = *start;
  arguments->flags &= ~(uint64_t)CLONE_VM;
  const long pid = clone_process(arguments, shared);
  *start = *shared;
  sys(munmap, page, sizeof *start);
  return pid;
}

struct failure start_command(const struct nsinit_frame *frame, struct cursor operations, struct received *received) {
  struct start start = {
      .operations = operations,
      .received = received,
      .descriptor_count = (uint32_t)frame->u.spawn.descriptor_count,
      .spawned = {.type = NSINIT_REPORT_SPAWNED, .id = frame->id},
  };
  failed_syscall = -1;
  if (frame->u.spawn.descriptor_count > received->descriptor_count - received->descriptors_taken)
    return (struct failure){NSINIT_STAGE_PROTOCOL, 0, -EPROTO};
  // A second command with the same id could be neither signalled nor removed, because a search finds the first one.
  if (command_by_id(frame->id) != NULL) return (struct failure){NSINIT_STAGE_PROTOCOL, 0, -EPROTO};
  struct command *command = add_command(frame->id);
  if (command == NULL) return (struct failure){NSINIT_STAGE_CLONE, 0, -ENOMEM};

  if (!(state.flags & NSINIT_SETUP_IS_INIT)) sys(set_tid_address, &supervisor);
  const int wanted_pid = (int)frame->u.spawn.pid;
  struct clone3_args arguments = {
      .flags = CLONE_VM | CLONE_VFORK | frame->u.spawn.clone_flags,
      .exit_signal = SIGCHLD,
      .stack = (uint64_t)(uintptr_t)stack,
      .stack_size = sizeof stack,
      // The kernel refuses the address without the size with EINVAL.
      .set_tid = wanted_pid != 0 ? (uint64_t)(uintptr_t)&wanted_pid : 0,
      .set_tid_size = wanted_pid != 0,
  };
  long pid = clone_process(&arguments, &start);
  if (pid == -EINVAL) pid = clone_with_own_memory(&arguments, &start);
  // Close our copies at once: until then a descriptor that the command has closed looks open to Node.
  if (pid > 0) close_descriptors(received);
  forget_file_system();
  release_vectors();
  if (pid < 0) {
    failed_syscall = wanted_pid != 0 ? __NR_clone3 : __NR_clone;
    start.failure = (struct failure){NSINIT_STAGE_CLONE, 0, pid};
  } else if (start.failure.error != 0) {
    failed_syscall = start.failed_syscall;
    // If the helper could not send the listener, the command runs.
    raw_syscall(__NR_kill, pid, SIGKILL, 0, 0, 0, 0);
    raw_syscall(__NR_wait4, pid, 0, __WALL, 0, 0, 0);
  } else {
    command->pid = (int)pid;
    command->is_foreground = command->tells_stops = start.is_foreground;
    start.spawned.u.spawned.pid = (int)pid;
    report(&start.spawned, (int)pid);
    return start.failure;
  }
  remove_command(command_by_id(frame->id));
  return start.failure;
}
