// nsinit's parts, and what they call each other for. nsinit is PID 1 of a PID namespace, or supervises a command from
// outside: it runs the plan that Node sends, starts commands, reaps, forwards signals, reports, and ends with Node.
//
//   start.c       the entry, without libc
//   init.c        the life: set-up, then one loop over the channel and the signals
//   signals.c     signals from outside, and those that Node asks for
//   reap.c        ends of commands and orphans
//   end.c         the end of nsinit itself
//   channel.c     what comes from Node and goes to it
//   plan.c        the frames and operations of a datagram, checked
//   operations.c  what each operation does
//   maps.c        the ids of a new user namespace
//   join.c        enters namespaces of others
//   inner_init.c  becomes PID 1 after it has entered them
//   command.c     starts a command
//   descriptors.c gives it its descriptors
//   socket.c      makes a socket for Node
//   namespaces.c  what /proc tells of them
//   terminal.c    gives a command a pseudo-terminal
//   exec.c        executes it, found along PATH
//   commands.c    the commands that run
//   usage.c       reaps, and counts what was used
//   cgroup.c      a cgroup for the command, where that can be had
//   supervise.c   ends what is left, where no PID namespace does it
//   kernel.h      types and constants that the kernel's headers lack
//   string.c      the few functions of <string.h> that are needed
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "../protocol/protocol.h"
#include "syscalls.h"

// The end of the channel that the clone left to nsinit.
#define CHANNEL 0

// A failure's place, as the report has it.
struct failure {
  enum nsinit_stage stage;
  uint32_t operation;
  long error;  // negative errno, 0: none
};

// A part of a datagram: `next` moves to `end`.
struct cursor {
  const char *next, *end;
};

struct received {
  struct cursor frames;
  // Why the frames or their descriptors are not complete: a negative errno, or 0.
  long error;
  uint32_t incomplete_command;  // 0: unknown, or of the set-up
  int descriptors[NSINIT_DESCRIPTORS_MAX];
  uint32_t descriptor_count, descriptors_taken;
  void *memfd_mapping;
  size_t memfd_size;
};

struct command {
  uint32_t id;
  int pid;
  int has_ended;
  int status;                 // once it has ended
  struct nsinit_usage usage;  // its own, once it has ended
  struct nsinit_usage orphans;
};

// A dead child.
struct death {
  int pid, session, group;  // its session and process group where they are asked for, else 0
  int status;
  struct nsinit_usage usage;
};

struct init_state {
  uint64_t flags;              // NSINIT_SETUP_*
  uint64_t namespaces;         // CLONE_NEW* whose ids are reported
  uint64_t forwarded_signals;  // bit n-1 for signal n
  int children_file;           // /proc/thread-self/children, for a supervisor
  int cgroup;                  // the command's own, or -1
  int is_set_up;
  int has_ids;
  uint64_t ids[NSINIT_NAMESPACE_COUNT];  // of a sandbox's namespaces
  int64_t deadline_ns;                   // after SHUTDOWN: when the time is over, by CLOCK_MONOTONIC; 0 before
};

// A command that is being started: what nsinit and the command's process, which shares its memory, have for each other.
struct start {
  struct cursor operations;
  struct received *received;
  uint32_t descriptor_count;
  struct nsinit_report spawned;
  struct failure failure;
  int failed_syscall;
};

// An operation that is to run, and what was received with it.
struct step {
  const struct nsinit_operation *operation;
  struct start *start;  // the command that is being started; NULL: the operation is nsinit's own
  struct received *received;
};

// string.c
size_t text_length(const char *text);
int text_has(const char *text, char character);

// plan.c
const struct nsinit_frame *next_frame(struct cursor *frames, struct cursor *operations);
const struct nsinit_operation *next_operation(struct cursor *operations);
const char *operation_text(const struct nsinit_operation *operation, uint64_t index);
const uint32_t *operation_numbers(const struct nsinit_operation *operation, uint64_t count);

// namespaces.c
// The ids of the namespaces in the mask, as /proc tells them; where it cannot, they stay 0.
void note_namespaces(uint64_t mask, uint64_t *ids);
// Of nsinit's own, or 0.
uint64_t pid_namespace_id(void);
void copy_ids(uint64_t *to, const uint64_t *from);
// Answers a LAST_PID frame.
void handle_last_pid_frame(const struct nsinit_frame *frame);

// channel.c
// Answers the datagram's length; 0 or -ECONNRESET where Node has closed its end.
long receive(struct received *received);
void close_descriptors(struct received *received);
void release(struct received *received);
// Gives the memory of the last datagram back to the kernel.
void shrink_channel(void);
void report(const struct nsinit_report *report, int credentials_pid);
void report_failure(uint32_t id, const struct failure *failure);
// The same for AWAIT_MAPS, while only frames without descriptors come.
long receive_frame(void *frame, size_t size);

// join.c
// The next one that was received and not taken yet, or the negative errno.
long take_descriptor(struct received *received);

// descriptors.c
long send_descriptor(int channel, int descriptor);

// init.c

// Each operation's function, wherever it is. Answers 0, or the negative errno.
#define NSINIT_FUNCTION(name, value, frame, function) long function(const struct step *step);
NSINIT_OPERATIONS(NSINIT_FUNCTION)
#undef NSINIT_FUNCTION

// operations.c
long run_operation(const struct step *step);

// commands.c
struct command *command_by_id(uint32_t id);
struct command *command_by_pid(int pid);
struct command *command_at(uint32_t index);
uint32_t command_count(void);
struct command *add_command(uint32_t id);
void remove_command(struct command *command);

// command.c
struct failure start_command(const struct nsinit_frame *frame, struct cursor operations, struct received *received);

// exec.c
void release_vectors(void);

// cgroup.c
// Answers its directory, or -1 where none can be had.
int make_cgroup(void);
void remove_cgroup(void);

// supervise.c
int open_children_file(void);
// Signals nsinit's children, and answers how many.
int signal_children(int children_file, int signal);
void kill_descendants(int children_file);
// The same from PID 1, for every process of its namespace.
void kill_namespace(void);

// usage.c
// Takes one dead child, and what it used. Answers its PID, 0 where none is dead, or the negative errno.
long reap_child(struct death *death, int with_session);
void add_usage(struct nsinit_usage *sum, const struct nsinit_usage *more);
// What all children that were reaped have used.
struct nsinit_usage usage_of_children(void);

// signals.c
// More than the signalfd's number, the lowest free one at the start.
#define DESCRIPTORS_WAITED_FOR 1024
int open_signals(void);
void reset_dispositions(void);
void handle_signals(int signals);
void handle_signal_frame(const struct nsinit_frame *frame);
// Signals that Node sent while its id maps were awaited: none may be lost.
void stash_signal(const struct nsinit_frame *frame);
void handle_stashed_signals(void);
// From PID 1 -1 means its namespace; from a supervisor it would be the machine.
void signal_all(int signal);

// reap.c
void reap(void);
// With WAIT_FOR_ALL: the command has ended, and others have not.
int is_waiting_for_all(void);

// end.c
// Ends and reaps every process but nsinit, as far as it may.
void end_others(void);
__attribute__((noreturn)) void leave(int status);
// Has the kernel signal nsinit when the thread of Node's that launched it is gone; not where nsinit is to survive Node. Credential
// changes clear that.
long die_with_node(void);
// By CLOCK_MONOTONIC.
int64_t now_ns(void);
// Reports what failed, as failed_syscall and the error say, and ends nsinit: it cannot go on.
__attribute__((noreturn)) void fail_init(long error);
// For a call that nsinit cannot do without.
static inline long required(long result) {
  if (result < 0) fail_init(result);
  return result;
}

// init.c
extern struct init_state state;
// Called from assembly, where link-time optimisation does not look.
__attribute__((noreturn, used, externally_visible)) void init_main(void);
