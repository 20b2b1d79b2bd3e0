// Handles the end of commands, of orphans, and of the last process.
#include "kernel.h"
#include "nsinit.h"

// How the command has ended. With WAIT_FOR_ALL nsinit reports it when the last process has ended. Until then it sends signals for the
// command to all processes that are left.
static struct nsinit_report pending_end;
static int pending_status = -1;

int is_waiting_for_all(void) { return pending_status >= 0; }

int mirrored(int status) {
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
  // Node's thread has just been woken and may wait for this processor. It runs first, before the kernel tears the namespaces down.
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

// Reaps all children that have ended, because one SIGCHLD may stand for several of them.
void reap(void) {
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
