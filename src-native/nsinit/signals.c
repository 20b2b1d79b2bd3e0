// Signals. None may end nsinit. It forwards those from outside to the command, and sends those that Node's frames ask for.
#include <linux/signalfd.h>

#include "kernel.h"
#include "nsinit.h"

// Signals that Node has sent while nsinit waited for its id maps. None may be lost.
static struct nsinit_frame stashed_signals[32];
static uint32_t stashed_signal_count;

void reset_dispositions(void) {
  // A signal that Node ignores (SIGPIPE) would be ignored by nsinit and by every command, because an exec does not change that.
  const uint64_t default_action[4] = {0};
  for (int signal = 1; signal <= SIGNAL_COUNT; signal++) {
    if (signal == SIGKILL || signal == SIGSTOP) continue;
    required(sys(rt_sigaction, signal, default_action, 0, sizeof(uint64_t)));
  }
}

int open_signals(void) {
  const uint64_t all = ~UINT64_C(0);
  required(sys(rt_sigprocmask, SIG_SETMASK, &all, 0, sizeof all));
  const long signals = required(sys(signalfd4, -1, &all, sizeof all, O_CLOEXEC | O_NONBLOCK));
  if (signals >= DESCRIPTORS_WAITED_FOR) fail_init(-EMFILE);
  return (int)signals;
}

// A seccomp filter may refuse kill and allow tgkill. The kernel checks the same permissions for both.
long send_signal(int pid, int signal) { return sys(kill, pid, signal) == 0 ? 0 : sys(tgkill, pid, pid, signal); }

static void signal_command(int pid, int signal, uint64_t scope) {
  // A command without a session of its own may lead no process group. It is then in the group of another process, perhaps in Node's.
  if (scope == NSINIT_SCOPE_GROUP && sys(kill, -pid, signal) != -ESRCH) return;
  send_signal(pid, signal);
}

// For PID 1, -1 means all processes of its namespace. For a supervisor it would mean all processes of the machine.
void signal_all(int signal) {
  if (state.flags & NSINIT_SETUP_IS_INIT)
    sys(kill, -1, signal);
  else
    signal_children(signal);
}

void handle_signal_frame(const struct nsinit_frame *frame) {
  const int signal = (int)frame->u.signal.signal;
  if (frame->u.signal.scope == NSINIT_SCOPE_ALL) {
    signal_all(signal);
    return;
  }
  struct command *command = command_by_id(frame->id);
  uint64_t scope = frame->u.signal.scope;
  if (command != NULL && command->is_foreground) {
    // A job is stopped and continued as a whole, as by the keys of its terminal.
    if (signal == SIGTSTP || signal == SIGCONT) scope = NSINIT_SCOPE_GROUP;
    if (signal == SIGCONT) command->tells_stops = 1;
  }
  if (command != NULL)
    signal_command(command->pid, signal, scope);
  else if (is_waiting_for_all())
    signal_all(signal);
}

static void forward(const struct signalfd_siginfo *info) {
  const uint32_t signal = info->ssi_signo;
  if (signal == SIGCONT && info->ssi_code == SI_QUEUE && info->ssi_int == NSINIT_WAKE) return;
  if ((state.forwarded_signals >> (signal - 1) & 1) == 0) return;
  // The terminal has sent the signal to the whole foreground process group, which contains the command.
  if (info->ssi_code == SI_KERNEL && state.flags & NSINIT_SETUP_SHARES_TERMINAL) return;
  if (is_waiting_for_all()) signal_all((int)signal);
  const uint64_t scope = state.flags & NSINIT_SETUP_FORWARD_TO_GROUP ? NSINIT_SCOPE_GROUP : NSINIT_SCOPE_PROCESS;
  for (uint32_t i = 0; i < command_count(); i++) signal_command(command_at(i)->pid, (int)signal, scope);
}

void stash_signal(const struct nsinit_frame *frame) {
  const uint32_t room = sizeof stashed_signals / sizeof *stashed_signals;
  if (stashed_signal_count < room) stashed_signals[stashed_signal_count++] = *frame;
}

void handle_stashed_signals(void) {
  for (uint32_t i = 0; i < stashed_signal_count; i++) handle_signal_frame(&stashed_signals[i]);
  stashed_signal_count = 0;
}

void handle_signals(int signals) {
  struct signalfd_siginfo infos[16];
  // nsinit reads once in each turn of its loop. A command can send signals as fast as nsinit reads them, and nsinit would never read the
  // channel again.
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
