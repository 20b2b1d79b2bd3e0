// Ends: of commands, of orphans, of the last process.
#include "kernel.h"
#include "nsinit.h"

// With WAIT_FOR_ALL: how the command ended, told once the last process is gone. What is meant for the command reaches all that is left.
static struct nsinit_report pending_end;
static int pending_status = -1;

// ---- Ends

int is_waiting_for_all(void) { return pending_status >= 0; }

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
  if (state.deadline_ns != 0) leave(0);
  if (pending_status < 0) return;
  pending_end.u.exited.all = usage_of_children();
  report(&pending_end, 0);
  leave(pending_status);
}

// SIGCHLD is one signal for all deaths. Not all are taken in one turn: a command can make processes that die as fast as nsinit reaps them,
// and nsinit would never read the channel again.
void reap(void) {
  static const int most_at_once = 64;
  state.has_dead_children = 0;
  for (int attempt = 0; attempt < most_at_once; attempt++) {
    int status;
    struct nsinit_usage usage;
    const long pid = reap_child(&status, &usage);
    if (pid == -EINTR) continue;
    if (pid == -ECHILD) last_process_ended();
    if (pid == -ECHILD || required(pid) == 0) return;
    struct command *command = command_by_pid((int)pid);
    if (command != NULL) command_ended(command, status, &usage);
  }
  state.has_dead_children = 1;
}
