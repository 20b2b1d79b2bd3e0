// The life of nsinit: the set-up, and then one loop that waits for frames and signals. docs/init.md has a diagram.
#include <linux/poll.h>
#include <linux/prctl.h>

#include "kernel.h"
#include "nsinit.h"

struct init_state state = {.children_file = -1, .processes = -1, .cgroup = -1, .inner_user_namespace = -1};

static int is_channel_closed(void) {
  struct pollfd channel = {CHANNEL, 0, 0};
  const struct __kernel_timespec now = {0, 0};
  return sys(ppoll, &channel, 1, &now, 0, 0) > 0;
}

// After it has taken other ids, nsinit could neither enter the cgroup that it has created nor remove it. If nsinit joins namespaces, Node
// removes the cgroup.
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
    // Without a way to find its children and without a cgroup nsinit could not end the command's descendants. If there is no /proc, that is
    // accepted. If the kernel refuses it, the set-up fails.
    if (error == 0 && found < 0 && found != -ENOENT && state.cgroup < 0) error = found;
  }
  // If the image is not readable inside, nsinit is not dumpable either (docs/architecture.md), and then may not write its files in
  // /proc/self. If nsinit joins a namespace, it must never be dumpable, because the processes there could access its memory.
  if (error == 0) error = sys(prctl, PR_SET_DUMPABLE, !(state.flags & NSINIT_SETUP_JOINS));
  if (error < 0) return (struct failure){NSINIT_STAGE_INIT, 0, error};
  // If Node has died before die_with_node(), the kernel sends no signal.
  if (!(state.flags & NSINIT_SETUP_SURVIVES_NODE) && is_channel_closed()) leave(0);
  for (uint32_t index = 0; operations->next < operations->end; index++) {
    const struct step step = {next_operation(operations), NULL, received};
    failed_syscall = -1;
    error = run_operation(&step);
    if (error < 0) return (struct failure){NSINIT_STAGE_SETUP, index, error};
  }
  // The id maps and time offsets are written. From now on no process of the namespace may access the memory of nsinit.
  error = sys(prctl, PR_SET_DUMPABLE, 0);
  state.is_set_up = 1;
  // A supervisor receives another signal from now on.
  if (error == 0 && !(state.flags & NSINIT_SETUP_IS_INIT)) error = die_with_node();
  if (error < 0) return (struct failure){NSINIT_STAGE_INIT, 0, error};
  if (state.flags & NSINIT_SETUP_SANDBOX) {
    struct nsinit_report ready = {.type = NSINIT_REPORT_READY};
    // The commands have the same namespaces, so their ids are read only once.
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
  } else if (!(state.flags & (NSINIT_SETUP_SANDBOX | NSINIT_SETUP_LINGERS))) {
    // The command has the caller's working directory. nsinit leaves it, so that it can be unmounted.
    sys(chdir, "/");
  }
}

static void shut_down(const struct nsinit_frame *frame) {
  const uint64_t wanted_ms = frame->u.shutdown.grace_ms;
  if (wanted_ms == 0) leave(NSINIT_EXIT_FORCED);
  // Node's timers have the same limit of 24 days. A larger value would overflow in nanoseconds.
  const uint64_t grace_ms = wanted_ms < INT32_MAX ? wanted_ms : INT32_MAX;
  state.deadline_ns = now_ns() + (int64_t)grace_ms * NS_PER_MS;
  if (frame->u.shutdown.signal != 0) signal_all((int)frame->u.shutdown.signal);
  reap();  // perhaps there is no process left
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

// Handles a plan that has not arrived completely. Only its command fails, if it is known which one that is.
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
    // Node has ended or has closed the channel.
    if (!(state.flags & NSINIT_SETUP_SURVIVES_NODE) || state.is_over) leave(0);
    *is_open = 0;
    state.is_orphaned = 1;
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
  // This comes first: no signal may end nsinit, and those for the command wait in the signalfd.
  const int signals = open_signals();
  reset_dispositions();
  sys(prctl, PR_SET_NAME, "nsinit");  // nsinit is executed by its descriptor, whose number would be its name
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
    struct __kernel_timespec timeout = to_timespec(left);
    const int is_endless = state.deadline_ns == 0 && !state.has_dead_children;
    // ppoll would always fail with EINVAL if RLIMIT_NOFILE is less than the number of descriptors, and a process with nsinit's ids may
    // change its limits (prlimit(2)). select and epoll do not check the limit.
    const long count = sys(pselect6, signals + 1, &readable, 0, 0, is_endless ? 0 : &timeout, 0);
    if (count == -EINTR) continue;
    required(count);
    if (state.has_dead_children) reap();
    if (includes(&readable, signals)) handle_signals(signals);
    if (is_open && includes(&readable, CHANNEL)) handle_channel(&is_open);
  }
}
