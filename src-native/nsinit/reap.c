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

// Ends nsinit with its command, unless Node asks for files first.
static void finish(int status) {
  if (!(state.flags & NSINIT_SETUP_LINGERS) || state.is_orphaned) leave(status);
  state.is_over = 1;
}

static void command_ended(struct command *command) {
  const int status = command->status;
  const int is_last = !(state.flags & (NSINIT_SETUP_SANDBOX | NSINIT_SETUP_WAIT_FOR_ALL));
  // The end of nsinit would end the processes that are left as well, but they would not be counted.
  if (is_last && !state.is_over) end_others();
  struct nsinit_report exited = {
      .type = NSINIT_REPORT_EXITED,
      .id = command->id,
      .u.exited = {.status = status, .command = command->usage, .total = usage_of_children()},
  };
  exited.u.exited.all = exited.u.exited.total;
  if (state.flags & NSINIT_SETUP_SANDBOX) {
    exited.u.exited.all = command->usage;
    add_usage(&exited.u.exited.all, &command->orphans);
  }
  remove_command(command);
  if (state.flags & NSINIT_SETUP_WAIT_FOR_ALL && !state.is_over) {
    pending_end = exited;
    pending_status = mirrored(status);
    return;
  }
  report(&exited, 0);
  if (state.flags & NSINIT_SETUP_SANDBOX) return;
  // Node's thread has just been woken and may wait for this processor. It runs first, before the kernel tears the namespaces down.
  sys(sched_yield);
  finish(mirrored(status));
}

static void last_process_ended(void) {
  if (state.deadline_ns != 0) leave(0);
  if (pending_status < 0) return;
  pending_end.u.exited.all = pending_end.u.exited.total = usage_of_children();
  report(&pending_end, 0);
  const int status = pending_status;
  pending_status = -1;
  finish(status);
}

// Records how a command has ended, or adds the usage of an orphan to that of the command in whose session or process group it is.
static void record_death(const struct death *death) {
  struct command *command = command_by_pid(death->pid);
  if (command != NULL) {
    command->has_ended = 1;
    command->status = death->status;
    command->usage = death->usage;
    return;
  }
  for (uint32_t i = 0; i < command_count(); i++) {
    const int pid = command_at(i)->pid;
    if (pid == death->session || pid == death->group) {
      add_usage(&command_at(i)->orphans, &death->usage);
      return;
    }
  }
}

static void report_stops(void) {
  for (uint32_t i = 0; i < command_count(); i++) {
    struct command *command = command_at(i);
    const int signal = command->tells_stops ? stop_of(command->pid) : 0;
    if (signal == 0) continue;
    command->tells_stops = 0;
    const struct nsinit_report stopped = {
        .type = NSINIT_REPORT_STOPPED, .id = command->id, .u.stopped = {.signal = signal}};
    report(&stopped, 0);
  }
}

// Reaps the children that have ended, because one SIGCHLD may stand for several of them. nsinit reports the ends of commands afterwards, when
// it has counted the children that ended before them. A command can make processes that end as fast as nsinit reaps them. So each turn of
// the loop reaps a limited number of them, and nsinit continues to read the channel.
void reap(void) {
  static const int max_at_once = 1024;
  struct death death;
  long pid = 0;
  state.has_dead_children = 1;
  for (int attempt = 0; attempt < max_at_once; attempt++) {
    pid = reap_child(&death, (state.flags & NSINIT_SETUP_SANDBOX) != 0);
    if (pid == -EINTR) continue;
    if (pid == -ECHILD || required(pid) == 0) {
      state.has_dead_children = 0;
      break;
    }
    record_death(&death);
  }
  for (uint32_t i = 0; i < command_count();) {
    if (command_at(i)->has_ended)
      command_ended(command_at(i));  // moves the last command to this index
    else
      i++;
  }
  report_stops();
  if (pid == -ECHILD) last_process_ended();
}
