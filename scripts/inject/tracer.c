// tracer PROGRAM ARGUMENTS...: runs a program, and makes a system call fail in each cycle, as a line of stdin says:
//   record
//   once|forever ROLE CALL ORDINAL ERRNO
// In each cycle it prints the calls (only with record: "call ROLE NAME ORDINAL ARGUMENT ARGUMENT FILE"), and at the end of the cycle how
// often a call was made to fail ("end COUNT"). The stdout of the program is descriptor 3 of the tracer.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "registers.h"
#include "tracer.h"

#define CALLS_MAX 1024

static pid_t node;
static bool is_in_cycle, is_in_window, has_ended;
static struct job job;
static unsigned ordinals[ROLE_COUNT][CALLS_MAX], hits;

static bool is_followed(const struct task *task) {
  return task->role == ROLE_MAIN ? is_in_window : task->role > ROLE_MAIN;
}

static void resume(struct task *task, int signal) {
  ptrace(is_followed(task) ? PTRACE_SYSCALL : PTRACE_CONT, task->id, 0, signal);
}

// ---- Markers

static bool read_job(void) {
  char line[128], mode[16], role[16], call[32];
  if (fgets(line, sizeof line, stdin) == NULL) return false;
  job = (struct job){.mode = MODE_RECORD};
  if (sscanf(line, "%15s %15s %31s %u %d", mode, role, call, &job.ordinal, &job.error) < 5) return true;
  job.mode = strcmp(mode, "once") == 0 ? MODE_ONCE : MODE_FOREVER;
  job.role = role_by_name(role);
  job.number = call_by_name(call);
  return true;
}

static long pass_marker(enum marker marker) {
  switch (marker) {
    case MARKER_BEGIN:
      memset(ordinals, 0, sizeof ordinals);
      hits = 0;
      has_ended = false;
      is_in_cycle = read_job();
      return is_in_cycle ? 0 : -ESRCH;
    case MARKER_IN:
      is_in_window = true;
      return 0;
    case MARKER_OUT:
      is_in_window = false;
      return 0;
    default:
      is_in_cycle = false;
      if (!has_ended) printf("end %u\n", hits);
      has_ended = true;
      if (count_strangers() > 0) describe_strangers();
      fflush(stdout);
      return count_strangers() > 0 ? -EAGAIN : 0;
  }
}

static bool is_marker(uint64_t number, const uint64_t *arguments) {
  return number == __NR_kill && (arguments[0] & ~UINT64_C(15)) == MARKER;
}

// ---- System calls

// Without this, the process that Node clones would not be traced, because Node sets CLONE_UNTRACED.
static void show_child(const struct task *task, uint64_t number, const uint64_t *arguments) {
  if (number == __NR_clone) set_first_argument(task->id, arguments[0] & ~(uint64_t)CLONE_UNTRACED);
  if (number != __NR_clone3) return;
  const long flags = ptrace(PTRACE_PEEKDATA, task->id, arguments[0], 0);
  ptrace(PTRACE_POKEDATA, task->id, arguments[0], flags & ~(long)CLONE_UNTRACED);
}

// Describes the first argument of a call if it is a descriptor.
static bool find_file(const struct task *task, const uint64_t *arguments, char *file, size_t size) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/fd/%d", task->id, (int)arguments[0]);
  const ssize_t length = readlink(path, file, size - 1);
  file[length < 0 ? 0 : length] = '\0';
  return length > 0;
}

// An eventfd wakes Node's event loop. If a write to it failed, libuv would end Node.
static bool is_wake(const struct task *task, uint64_t number, const uint64_t *arguments) {
  char file[128];
  return task->is_node && number == __NR_write && find_file(task, arguments, file, sizeof file) &&
         strcmp(file, "anon_inode:[eventfd]") == 0;
}

static void tell_call(const struct task *task, uint64_t number, const uint64_t *arguments) {
  char file[128];
  find_file(task, arguments, file, sizeof file);
  printf("call %s %s %u %#lx %#lx %s\n", role_name(task->role), call_name((long)number), ordinals[task->role][number],
         (unsigned long)arguments[0], (unsigned long)arguments[1], file);
}

static void enter_call(struct task *task, uint64_t number, const uint64_t *arguments) {
  if (task->role == ROLE_MAIN) show_child(task, number, arguments);
  if (!is_in_cycle || number >= CALLS_MAX || is_marker(number, arguments)) return;
  if (!counts(task->role, (long)number, arguments) || is_wake(task, number, arguments)) return;
  const unsigned ordinal = ++ordinals[task->role][number];
  if (job.mode == MODE_RECORD) {
    tell_call(task, number, arguments);
    return;
  }
  if (task->role != job.role || (long)number != job.number) return;
  if (ordinal < job.ordinal || (ordinal > job.ordinal && job.mode == MODE_ONCE)) return;
  hits++;
  task->error = job.error;
  task->pending = works_anyhow((long)number) ? PENDING_DONE : PENDING_SKIPPED;
  if (task->pending == PENDING_SKIPPED) skip_call(task->id, -job.error);
}

static void stop_at_call(struct task *task) {
  struct __ptrace_syscall_info info;
  if (ptrace(PTRACE_GET_SYSCALL_INFO, task->id, sizeof info, &info) > 0) {
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
      uint64_t arguments[6];
      memcpy(arguments, info.entry.args, sizeof arguments);
      enter_call(task, info.entry.nr, arguments);
    } else if (info.op == PTRACE_SYSCALL_INFO_EXIT && task->pending != PENDING_NONE) {
      set_result(task->id, -task->error);
      task->pending = PENDING_NONE;
    }
  }
  resume(task, 0);
}

static void stop_at_marker(struct task *task) {
  struct __ptrace_syscall_info info;
  if (ptrace(PTRACE_GET_SYSCALL_INFO, task->id, sizeof info, &info) > 0 && info.op == PTRACE_SYSCALL_INFO_SECCOMP)
    skip_call(task->id, pass_marker((enum marker)(info.seccomp.args[0] & 15)));
  resume(task, 0);
}

// ---- Threads and processes

static void stop_at_clone(struct task *parent) {
  unsigned long id = 0;
  ptrace(PTRACE_GETEVENTMSG, parent->id, 0, &id);
  const bool is_thread = parent->is_node && syscall(SYS_tgkill, node, id, 0) == 0;
  enum role role = ROLE_OTHER;
  if (parent->role == ROLE_MAIN && is_in_window) role = is_thread ? ROLE_REACTOR : ROLE_CHILD;
  // The helper of a command with a listener clones the command's process.
  if (parent->role == ROLE_NSINIT || parent->role == ROLE_COMMAND) role = ROLE_COMMAND;
  const pid_t parent_id = parent->id;
  struct task *child = find_task((pid_t)id);
  if (child == NULL) child = add_task((pid_t)id);
  child->role = role;
  child->is_node = is_thread;
  if (child->is_waiting) resume(child, 0);
  child->is_waiting = false;
  resume(find_task(parent_id), 0);
}

static void stop_at_exec(struct task *task) {
  if (task->role == ROLE_CHILD)
    task->role = ROLE_NSINIT;
  else if (task->role == ROLE_COMMAND)
    task->role = ROLE_OTHER;
  task->pending = PENDING_NONE;
  resume(task, 0);
}

static void stop(struct task *task, int status) {
  const int signal = WSTOPSIG(status), event = status >> 16;
  if (signal == (SIGTRAP | 0x80)) {
    stop_at_call(task);
  } else if (event == PTRACE_EVENT_SECCOMP) {
    stop_at_marker(task);
  } else if (event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK) {
    stop_at_clone(task);
  } else if (event == PTRACE_EVENT_EXEC) {
    stop_at_exec(task);
  } else if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
    ptrace(PTRACE_LISTEN, task->id, 0, 0);
  } else if (task->role == ROLE_UNKNOWN) {
    task->is_waiting = true;
  } else {
    resume(task, event == 0 ? signal : 0);
  }
}

static int follow(void) {
  for (;;) {
    int status;
    const pid_t id = waitpid(-1, &status, __WALL);
    if (id < 0 && errno == EINTR) continue;
    if (id < 0) return 0;
    if (WIFSTOPPED(status)) {
      struct task *task = find_task(id);
      stop(task != NULL ? task : add_task(id), status);
      continue;
    }
    remove_task(id);
    if (id != node) continue;
    printf("exit %d\n", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    fflush(stdout);
    return 0;
  }
}

// ---- The program

static void run(char **arguments, int go) {
  char byte;
  if (read(go, &byte, 1) != 1) _exit(1);
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_kill, 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~15u),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MARKER, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0) {
    // Without CAP_SYS_ADMIN a filter needs no_new_privs. Then no program that is executed gains privileges.
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0) _exit(2);
  }
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, 0);
  dup2(3, 1);
  close(3);
  close(nothing);
  execvp(arguments[0], arguments);
  _exit(127);
}

int main(int count, char **arguments) {
  int go[2];
  if (count < 2 || pipe2(go, O_CLOEXEC) < 0) return 2;
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  node = fork();
  if (node < 0) return 2;
  if (node == 0) run(arguments + 1, go[0]);
  struct task *task = add_task(node);
  task->role = ROLE_MAIN;
  task->is_node = true;
  const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                       PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;
  if (ptrace(PTRACE_SEIZE, node, 0, options) < 0) {
    perror("inject: ptrace");
    return 2;
  }
  if (write(go[1], "", 1) != 1) return 2;
  close(go[0]);
  close(go[1]);
  return follow();
}
