// nsinit's life: the set-up, then one loop over the channel and the signals. docs/init.md draws it.
#include <linux/poll.h>
#include <linux/prctl.h>
#include <linux/time_types.h>

#include "kernel.h"
#include "nsinit.h"

struct init_state state = {.children_file = -1, .processes = -1, .cgroup = -1};

static int is_channel_closed(void) {
  struct pollfd channel = {CHANNEL, 0, 0};
  const struct __kernel_timespec now = {0, 0};
  return sys(ppoll, &channel, 1, &now, 0, 0) > 0;
}

// After that nsinit may neither enter the cgroup that it has made nor remove it. Where it joins others' namespaces Node removes it.
static int will_change_ids(struct cursor operations) {
  for (const struct nsinit_operation *operation; (operation = next_operation(&operations)) != NULL;)
    if (operation->code == NSINIT_OP_SET_IDS) return 1;
  return 0;
}

static struct failure set_up(const struct nsinit_frame *frame, struct cursor *operations, struct received *received) {
  state.flags = frame->u.setup.flags;
  state.namespaces = frame->u.setup.namespaces;
  state.forwarded_signals = frame->u.setup.forwarded;
  long error = die_with_node();
  if (!(state.flags & NSINIT_SETUP_IS_INIT)) {
    if (error == 0) error = sys(prctl, PR_SET_CHILD_SUBREAPER, 1);
    const long found = find_children();
    if (state.flags & NSINIT_SETUP_OWN_CGROUP && (state.flags & NSINIT_SETUP_JOINS || !will_change_ids(*operations)))
      state.cgroup = make_cgroup();
    // What a command leaves behind could be ended in neither way. Without a /proc that is how it is; here it is refused.
    if (error == 0 && found < 0 && found != -ENOENT && state.cgroup < 0) error = found;
  }
  // Not readable by the inside, it is not dumpable either (docs/architecture.md), and then /proc/self is not its own to write.
  // Whoever lives in a namespace that is joined must not look into it at any time.
  if (error == 0) error = sys(prctl, PR_SET_DUMPABLE, !(state.flags & NSINIT_SETUP_JOINS));
  if (error < 0) return (struct failure){NSINIT_STAGE_INIT, 0, error};
  // Where Node died before the first of these calls, no signal comes.
  if (!(state.flags & NSINIT_SETUP_SURVIVES_NODE) && is_channel_closed()) leave(0);
  for (uint32_t index = 0; operations->next < operations->end; index++) {
    const struct step step = {next_operation(operations), NULL, received};
    failed_syscall = -1;
    error = run_operation(&step);
    if (error < 0) return (struct failure){NSINIT_STAGE_SETUP, index, error};
  }
  // The id maps and time offsets are written: from here on no process of the namespace may look into this one.
  error = sys(prctl, PR_SET_DUMPABLE, 0);
  state.is_set_up = 1;
  // Another signal from now on, for a supervisor alone.
  if (error == 0 && !(state.flags & NSINIT_SETUP_IS_INIT)) error = die_with_node();
  if (error < 0) return (struct failure){NSINIT_STAGE_INIT, 0, error};
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
  const struct failure failure = start_command(frame, operations, received);
  if (failure.error < 0) {
    report_failure(frame->id, &failure);
    if (!(state.flags & NSINIT_SETUP_SANDBOX)) leave(NSINIT_EXIT_FAILED);
  } else if (!(state.flags & NSINIT_SETUP_SANDBOX)) {
    // The caller's working directory is the command's own by now, and nsinit has no use for it: it may be unmounted.
    sys(chdir, "/");
  }
}

static void shut_down(const struct nsinit_frame *frame) {
  const uint64_t wanted_ms = frame->u.shutdown.grace_ms;
  if (wanted_ms == 0) leave(NSINIT_EXIT_FORCED);
  // Node's timers end here, too: 24 days. More would overflow in nanoseconds.
  const uint64_t grace_ms = wanted_ms < INT32_MAX ? wanted_ms : INT32_MAX;
  state.deadline_ns = now_ns() + (int64_t)grace_ms * 1000000;
  if (frame->u.shutdown.signal != 0) signal_all((int)frame->u.shutdown.signal);
  reap();  // there may be nobody to wait for
}

static void handle_frames(struct received *received) {
  struct cursor operations;
  const struct nsinit_frame *frame;
  while ((frame = next_frame(&received->frames, &operations)) != NULL) {
    struct failure failure = {0};
    if (frame->type == NSINIT_FRAME_SETUP && !state.is_set_up)
      failure = set_up(frame, &operations, received);
    else if (frame->type == NSINIT_FRAME_SPAWN && state.is_set_up)
      spawn(frame, operations, received);
    else if (frame->type == NSINIT_FRAME_SIGNAL)
      handle_signal_frame(frame);
    else if (frame->type == NSINIT_FRAME_LAST_PID)
      handle_last_pid_frame(frame);
    else if (frame->type == NSINIT_FRAME_SHUTDOWN)
      shut_down(frame);
    if (failure.error != 0) {
      report_failure(frame->id, &failure);
      leave(NSINIT_EXIT_FAILED);
    }
  }
  handle_stashed_signals();
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
    int64_t left = state.deadline_ns == 0 ? 0 : state.deadline_ns - now_ns();
    if (state.deadline_ns != 0 && left <= 0) leave(NSINIT_EXIT_FORCED);
    if (state.has_dead_children) left = 0;
    struct __kernel_timespec timeout = {left / 1000000000, left % 1000000000};
    const int is_endless = state.deadline_ns == 0 && !state.has_dead_children;
    // Not ppoll, which is EINVAL for ever where RLIMIT_NOFILE is less than the number of descriptors: whoever has nsinit's ids may set
    // its limits (prlimit(2)). Neither select nor epoll looks at them.
    const long count = sys(pselect6, signals + 1, &readable, 0, 0, is_endless ? 0 : &timeout, 0);
    if (count == -EINTR) continue;
    required(count);
    if (state.has_dead_children) reap();
    if (includes(&readable, signals)) handle_signals(signals);
    if (is_open && includes(&readable, CHANNEL)) handle_channel(&is_open);
  }
}
