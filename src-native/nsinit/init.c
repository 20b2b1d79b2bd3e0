// nsinit's life: the set-up, then one loop over the channel and the signals. docs/init.md draws it.
#include <linux/poll.h>
#include <linux/prctl.h>
#include <linux/signalfd.h>
#include <linux/time_types.h>

#include "kernel.h"
#include "nsinit.h"

// More than the signalfd's number, the lowest free one at the start.
#define DESCRIPTORS_WAITED_FOR 1024

static struct init_state state = {.children_file = -1, .cgroup = -1};

// Signals that Node sent while its id maps were awaited: none may be lost.
static struct nsinit_frame stashed_signals[32];
static uint32_t stashed_signal_count;

// After SHUTDOWN: when the time is over, by CLOCK_MONOTONIC; 0 before.
static int64_t deadline_ns;

// With WAIT_FOR_ALL: how the command ended, told once the last process is gone. What is meant for the command reaches all that is left.
static struct nsinit_report pending_end;
static int pending_status = -1;

void leave(int status) {
  if (state.cgroup >= 0) kill_cgroup(state.cgroup);
  if (!(state.flags & NSINIT_SETUP_IS_INIT)) kill_descendants(state.children_file);
  if (state.cgroup >= 0) remove_cgroup();
  for (;;) raw_syscall(__NR_exit_group, status, 0, 0, 0, 0, 0);
}

// ---- Signals

static void reset_dispositions(void) {
  // What Node ignores (SIGPIPE) would be ignored by nsinit and by every command: ignoring survives an exec.
  const uint64_t default_action[4] = {0};
  for (int signal = 1; signal <= SIGNAL_COUNT; signal++) {
    if (signal == SIGKILL || signal == SIGSTOP) continue;
    required(sys(rt_sigaction, signal, default_action, 0, sizeof(uint64_t)));
  }
}

static int open_signals(void) {
  const uint64_t all = ~UINT64_C(0);
  required(sys(rt_sigprocmask, SIG_SETMASK, &all, 0, sizeof all));
  const long signals = required(sys(signalfd4, -1, &all, sizeof all, O_CLOEXEC | O_NONBLOCK));
  if (signals >= DESCRIPTORS_WAITED_FOR) fail_init(-EMFILE);
  return (int)signals;
}

static void signal_command(int pid, int signal, uint64_t scope) {
  // Without a session of its own it may lead no group: the one that it is in is somebody else's, and may be Node's.
  if (scope == NSINIT_SCOPE_GROUP && sys(kill, -pid, signal) != -ESRCH) return;
  sys(kill, pid, signal);
}

// From PID 1 -1 means its namespace; from a supervisor it would be the machine.
static void signal_all(int signal) {
  if (state.flags & NSINIT_SETUP_IS_INIT)
    sys(kill, -1, signal);
  else
    signal_children(state.children_file, signal);
}

void handle_signal_frame(const struct nsinit_frame *frame) {
  const int signal = (int)frame->u.signal.signal;
  if (frame->u.signal.scope == NSINIT_SCOPE_ALL) {
    signal_all(signal);
    return;
  }
  const struct command *command = command_by_id(frame->id);
  if (command != NULL)
    signal_command(command->pid, signal, frame->u.signal.scope);
  else if (pending_status >= 0)
    signal_all(signal);
}

static void forward(const struct signalfd_siginfo *info) {
  const uint32_t signal = info->ssi_signo;
  if (signal == SIGCONT && info->ssi_code == SI_QUEUE && info->ssi_int == NSINIT_WAKE) return;
  if ((state.forwarded_signals >> (signal - 1) & 1) == 0) return;
  // The terminal has sent it to the whole foreground process group, the command included.
  if (info->ssi_code == SI_KERNEL && state.flags & NSINIT_SETUP_SHARES_TERMINAL) return;
  if (pending_status >= 0) signal_all((int)signal);
  const uint64_t scope = state.flags & NSINIT_SETUP_FORWARD_TO_GROUP ? NSINIT_SCOPE_GROUP : NSINIT_SCOPE_PROCESS;
  for (uint32_t i = 0; i < command_count(); i++) signal_command(command_at(i)->pid, (int)signal, scope);
}

// ---- Ends

// 128+n for a signal, as shells and tini have it.
static int mirrored(int status) {
  const int signal = status & 0x7f;
  return signal != 0 ? 128 + signal : status >> 8 & 0xff;
}

static void command_ended(struct command *command, int status, const struct nsinit_usage *usage) {
  const struct nsinit_report exited = {
      .type = NSINIT_REPORT_EXITED,
      .id = command->id,
      .u.exited = {.status = status, .all = usage_of_children(), .command = *usage},
  };
  remove_command(command);
  if (state.flags & NSINIT_SETUP_WAIT_FOR_ALL) {
    pending_end = exited;
    pending_status = mirrored(status);
    return;
  }
  report(&exited, 0);
  if (state.flags & NSINIT_SETUP_SANDBOX) return;
  // Node's thread, just woken, may wait for this processor: it goes first, before the namespaces are torn down.
  sys(sched_yield);
  leave(mirrored(status));
}

static void last_process_ended(void) {
  if (deadline_ns != 0) leave(0);
  if (pending_status < 0) return;
  pending_end.u.exited.all = usage_of_children();
  report(&pending_end, 0);
  leave(pending_status);
}

// Every death is taken, however many there are: SIGCHLD is one signal for all of them.
static void reap(void) {
  for (;;) {
    int status;
    struct nsinit_usage usage;
    const long pid = reap_child(&status, &usage);
    if (pid == -EINTR) continue;
    if (pid == -ECHILD) last_process_ended();
    if (pid == -ECHILD || required(pid) == 0) return;
    struct command *command = command_by_pid((int)pid);
    if (command != NULL) command_ended(command, status, &usage);
  }
}

static void handle_signals(int signals) {
  struct signalfd_siginfo infos[16];
  for (;;) {
    const long length = sys(read, signals, infos, sizeof infos);
    if (length == -EAGAIN || length == -EINTR || required(length) == 0) return;
    const size_t count = (size_t)length / sizeof *infos;
    int is_child_dead = 0;
    for (size_t i = 0; i < count; i++) {
      if (infos[i].ssi_signo == SIGCHLD)
        is_child_dead = 1;
      else
        forward(&infos[i]);
    }
    if (is_child_dead) reap();
  }
}

// ---- The channel

// The channel's end tells nsinit of Node's; this is for one that cannot look: it is traced, stopped, or in a system call that does not
// return. It stays for life, and follows the thread that launched nsinit: all launches of a thread end with it.
long die_with_node(int signal) {
  return state.flags & NSINIT_SETUP_SURVIVES_NODE ? 0 : sys(prctl, PR_SET_PDEATHSIG, signal);
}

static int is_channel_closed(void) {
  struct pollfd channel = {CHANNEL, 0, 0};
  const struct __kernel_timespec now = {0, 0};
  return sys(ppoll, &channel, 1, &now, 0, 0) > 0;
}

static struct failure set_up(const struct nsinit_frame *frame, struct cursor *operations) {
  state.flags = frame->u.setup.flags;
  state.namespaces = frame->u.setup.namespaces;
  state.forwarded_signals = frame->u.setup.forwarded;
  long error = die_with_node(SIGKILL);
  if (!(state.flags & NSINIT_SETUP_IS_INIT)) {
    if (error == 0) error = sys(prctl, PR_SET_CHILD_SUBREAPER, 1);
    state.children_file = open_children_file();
    if (state.flags & NSINIT_SETUP_OWN_CGROUP) state.cgroup = make_cgroup();
  }
  // Not readable by the inside, it is not dumpable either (docs/architecture.md), and then /proc/self is not its own to write.
  if (error == 0) error = sys(prctl, PR_SET_DUMPABLE, 1);
  if (error < 0) return (struct failure){NSINIT_STAGE_INIT, 0, error};
  // Where Node died before the first of these calls, no signal comes.
  if (!(state.flags & NSINIT_SETUP_SURVIVES_NODE) && is_channel_closed()) leave(0);
  for (uint32_t index = 0; operations->next < operations->end; index++) {
    const struct step step = {next_operation(operations), NULL};
    failed_syscall = -1;
    error = run_operation(&step);
    if (error < 0) return (struct failure){NSINIT_STAGE_SETUP, index, error};
  }
  // The id maps and time offsets are written: from here on no process of the namespace may look into this one.
  error = sys(prctl, PR_SET_DUMPABLE, 0);
  // With a supervisor's sudden death its command's descendants would be left. It is continued instead, if it is stopped, and ends them.
  if (error == 0 && !(state.flags & NSINIT_SETUP_IS_INIT)) error = die_with_node(SIGCONT);
  if (error < 0) return (struct failure){NSINIT_STAGE_INIT, 0, error};
  state.is_set_up = 1;
  if (state.flags & NSINIT_SETUP_SANDBOX) {
    struct nsinit_report ready = {.type = NSINIT_REPORT_READY};
    // Its commands' are the same: once is enough.
    note_namespaces(state.namespaces, state.ids);
    state.has_ids = 1;
    copy_ids(ready.u.spawned.namespaces, state.ids);
    report(&ready, 0);
  }
  return (struct failure){0};
}

static void spawn(const struct nsinit_frame *frame, struct cursor operations, struct received *received) {
  const struct failure failure = start_command(&state, frame, operations, received);
  if (failure.error < 0) {
    report_failure(frame->id, &failure);
    if (!(state.flags & NSINIT_SETUP_SANDBOX)) leave(NSINIT_EXIT_FAILED);
  } else if (!(state.flags & NSINIT_SETUP_SANDBOX)) {
    // The caller's working directory is the command's own by now, and nsinit has no use for it: it may be unmounted.
    sys(chdir, "/");
  }
}

static int64_t now_ns(void) {
  struct __kernel_timespec now;
  required(sys(clock_gettime, 1 /* CLOCK_MONOTONIC */, &now));
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void shut_down(const struct nsinit_frame *frame) {
  const uint64_t wanted_ms = frame->u.shutdown.grace_ms;
  if (wanted_ms == 0) leave(NSINIT_EXIT_FORCED);
  // Node's timers end here, too: 24 days. More would overflow in nanoseconds.
  const uint64_t grace_ms = wanted_ms < INT32_MAX ? wanted_ms : INT32_MAX;
  deadline_ns = now_ns() + (int64_t)grace_ms * 1000000;
  if (frame->u.shutdown.signal != 0) signal_all((int)frame->u.shutdown.signal);
  reap();  // there may be nobody to wait for
}

static void answer_last_pid(const struct nsinit_frame *frame) {
  const int wanted = (int)frame->u.last_pid.pid;
  const long pid = wanted > 0 ? write_last_pid(wanted) : read_last_pid();
  const struct nsinit_report answer = {
      .type = NSINIT_REPORT_LAST_PID,
      .id = frame->id,
      .u.last_pid = {.pid = pid > 0 ? (int32_t)pid : 0, .error = pid < 0 ? (int32_t)-pid : 0},
  };
  report(&answer, 0);
}

static void handle_frames(struct received *received) {
  struct cursor operations;
  const struct nsinit_frame *frame;
  while ((frame = next_frame(&received->frames, &operations)) != NULL) {
    struct failure failure = {0};
    if (frame->type == NSINIT_FRAME_SETUP && !state.is_set_up)
      failure = set_up(frame, &operations);
    else if (frame->type == NSINIT_FRAME_SPAWN && state.is_set_up)
      spawn(frame, operations, received);
    else if (frame->type == NSINIT_FRAME_SIGNAL)
      handle_signal_frame(frame);
    else if (frame->type == NSINIT_FRAME_LAST_PID)
      answer_last_pid(frame);
    else if (frame->type == NSINIT_FRAME_SHUTDOWN)
      shut_down(frame);
    if (failure.error != 0) {
      report_failure(frame->id, &failure);
      leave(NSINIT_EXIT_FAILED);
    }
  }
  for (uint32_t i = 0; i < stashed_signal_count; i++) handle_signal_frame(&stashed_signals[i]);
  stashed_signal_count = 0;
}

long await_maps(const struct step *step) {
  (void)step;
  const struct nsinit_report wanted = {.type = NSINIT_REPORT_MAPS_WANTED};
  report(&wanted, 0);
  union {
    struct nsinit_frame frame;
    char space[256];
  } answer;
  for (;;) {
    const long length = receive_frame(&answer, sizeof answer);
    if (length <= 0) leave(0);
    if (answer.frame.type == NSINIT_FRAME_MAPS_WRITTEN) return 0;
    if (answer.frame.type == NSINIT_FRAME_SHUTDOWN) leave(0);
    const uint32_t room = sizeof stashed_signals / sizeof *stashed_signals;
    if (answer.frame.type == NSINIT_FRAME_SIGNAL && stashed_signal_count < room)
      stashed_signals[stashed_signal_count++] = answer.frame;
  }
}

// A plan that did not arrive as it was sent is the failure of its command alone, where it is known.
static void handle_incomplete(const struct received *received) {
  const enum nsinit_stage stage = received->error == -EPROTO ? NSINIT_STAGE_PROTOCOL : NSINIT_STAGE_INIT;
  const struct failure failure = {stage, 0, received->error};
  const uint32_t command = state.is_set_up ? received->incomplete_command : 0;
  report_failure(command, &failure);
  if (command == 0 || !(state.flags & NSINIT_SETUP_SANDBOX)) leave(NSINIT_EXIT_FAILED);
}

static void handle_channel(int *is_open) {
  struct received received;
  const long length = receive(&received);
  if (length > 0) {
    if (received.error < 0)
      handle_incomplete(&received);
    else
      handle_frames(&received);
    release(&received);
    if (state.flags & NSINIT_SETUP_SANDBOX) shrink_channel();
  } else if (length == 0 || length == -ECONNRESET) {
    // Node is gone, or has closed the channel: the lifeline.
    if (!(state.flags & NSINIT_SETUP_SURVIVES_NODE)) leave(0);
    *is_open = 0;
  } else {
    fail_init(length);
  }
}

// ---- The loop

void fail_init(long error) {
  const struct failure failure = {NSINIT_STAGE_INIT, 0, error};
  report_failure(0, &failure);
  leave(NSINIT_EXIT_BROKEN);
}

#define BITS_A_WORD (8 * (int)sizeof(long))
struct descriptor_set {
  unsigned long words[DESCRIPTORS_WAITED_FOR / (8 * sizeof(long))];
};

static void include(struct descriptor_set *set, int descriptor) {
  set->words[descriptor / BITS_A_WORD] |= 1UL << descriptor % BITS_A_WORD;
}

static int includes(const struct descriptor_set *set, int descriptor) {
  return (set->words[descriptor / BITS_A_WORD] >> descriptor % BITS_A_WORD & 1) != 0;
}

void init_main(void) {
  // Signals first: none may end nsinit, and those for the command wait in the signalfd.
  const int signals = open_signals();
  reset_dispositions();
  sys(prctl, PR_SET_NAME, "nsinit");  // executed by descriptor, its name would be the descriptor's number
  required(sys(fcntl, CHANNEL, F_SETFD, FD_CLOEXEC));
  int is_open = 1;
  handle_channel(&is_open);
  for (;;) {
    struct descriptor_set readable = {0};
    include(&readable, signals);
    if (is_open) include(&readable, CHANNEL);
    int64_t left = deadline_ns == 0 ? 0 : deadline_ns - now_ns();
    if (deadline_ns != 0 && left <= 0) leave(NSINIT_EXIT_FORCED);
    struct __kernel_timespec timeout = {left / 1000000000, left % 1000000000};
    // Not ppoll, which is EINVAL for ever where RLIMIT_NOFILE is less than the number of descriptors: whoever has nsinit's ids may set
    // its limits (prlimit(2)). Neither select nor epoll looks at them.
    const long count = sys(pselect6, signals + 1, &readable, 0, 0, deadline_ns == 0 ? 0 : &timeout, 0);
    if (count == -EINTR || required(count) == 0) continue;
    if (includes(&readable, signals)) handle_signals(signals);
    if (is_open && includes(&readable, CHANNEL)) handle_channel(&is_open);
  }
}
