// The parts of nsinit, and the functions by which they use each other. nsinit is PID 1 of a PID namespace, or supervises a command from
// outside. It carries out the plan that Node sends, starts commands, reaps, forwards signals, reports, and ends with Node.
//
//   start.c       the entry, without libc
//   init.c        the life of nsinit: the set-up, and then one loop that waits for frames and signals
//   signals.c     signals from outside, and those that Node's frames ask for
//   reap.c        the end of commands and orphans
//   end.c         the end of nsinit itself
//   channel.c     receives from Node, and sends to it
//   plan.c        decodes and checks the frames and operations of a datagram
//   operations.c  carries out the operations
//   maps.c        waits for the id maps of a new user namespace
//   join.c        enters existing namespaces
//   inner_init.c  becomes PID 1 after it has entered them
//   inner_user.c  gives the commands a user namespace in which there can be no other
//   command.c     starts a command
//   descriptors.c gives a command its descriptors
//   seccomp.c     installs a filter of system calls
//   socket.c      creates a socket in the namespaces that nsinit has joined
//   namespaces.c  reads the ids of nsinit's namespaces
//   sysfs.c       mounts a /sys for its network namespace
//   mounts/       gives the namespace a file system of its own
//   terminal.c    gives a command a pseudo-terminal
//   exec.c        finds a command along PATH and executes it
//   commands.c    the table of running commands
//   usage.c       reaps children and counts the resources that they have used
//   cgroup.c      creates a cgroup for the command, if nsinit may do that
//   supervise.c   ends the command's descendants if there is no PID namespace
//   kernel.h      types and constants that the kernel's headers lack
//   string.c      the few functions of <string.h> that are needed
//   files/        another program in the same executable: the worker that reads and writes files inside
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "../protocol/protocol.h"
#include "syscalls.h"

// nsinit's end of the channel. The clone has left it at this number.
#define CHANNEL 0

// The place of a failure, as the report contains it.
struct failure {
  enum nsinit_stage stage;
  uint32_t operation;
  long error;  // the negative errno, or 0 if nothing has failed
};

// A part of a datagram, from `next` to `end`.
struct cursor {
  const char *next, *end;
};

struct received {
  struct cursor frames;
  // Why frames or descriptors are missing: a negative errno, or 0.
  long error;
  uint32_t incomplete_command;  // 0 if it is unknown, or if the set-up is incomplete
  int descriptors[NSINIT_DESCRIPTORS_MAX];
  uint32_t descriptor_count, descriptors_taken;
  void *memfd_mapping;
  size_t memfd_size;
};

struct command {
  uint32_t id;
  int pid;
  int tells_stops;    // whether its next stop is reported
  int is_foreground;  // whether its stops are reported at all
  int has_ended;
  int status;                 // set once it has ended
  struct nsinit_usage usage;  // of its process alone, set once it has ended
  struct nsinit_usage orphans;
};

// A child that has ended.
struct death {
  int pid, session, group;  // session and process group are 0 unless they were asked for
  int status;
  struct nsinit_usage usage;
};

struct init_state {
  uint64_t flags;              // NSINIT_SETUP_*
  uint64_t namespaces;         // CLONE_NEW* of those whose ids are reported
  uint64_t forwarded_signals;  // bit n-1 for signal n
  int children_file;           // /proc/thread-self/children if nsinit is a supervisor
  int processes;               // /proc if that file is missing, or -1
  int cgroup;                  // the command's own cgroup, or -1
  int inner_user_namespace;    // that of the commands, or -1
  int is_set_up;
  int is_over;            // with LINGERS: the command has ended
  int is_orphaned;        // Node has closed its end of the channel
  int has_dead_children;  // there may be children to reap in the next turn of the loop
  int has_ids;
  uint64_t ids[NSINIT_NAMESPACE_COUNT];  // of the namespaces of a sandbox
  int64_t deadline_ns;  // when the grace time of SHUTDOWN is over, by CLOCK_MONOTONIC; 0 before a SHUTDOWN
};

struct clone3_args;

// A command that is being started. nsinit and the command's process share it.
struct start {
  struct cursor operations;
  struct received *received;
  uint32_t descriptor_count;
  uint32_t descriptors_used;  // 1 if JOIN_FOR_CHILDREN has used the first one
  struct nsinit_report spawned;
  struct failure failure;
  int failed_syscall;
  int is_foreground;
  uint64_t parent_death_signal;  // 0: the default
  // A filter whose calls Node decides about.
  int channel, listener;    // 0: there is none
  uint32_t listener_index;  // of its operation
  struct clone3_args *arguments;
  long pid;  // of the command, which its helper has cloned
};

// An operation to carry out, and what was received with it.
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
// Reads the ids of the namespaces in the mask. An id that cannot be read stays 0.
void note_namespaces(uint64_t mask, uint64_t *ids);
// Returns the id of nsinit's PID namespace, or 0.
uint64_t pid_namespace_id(void);
void copy_ids(uint64_t *to, const uint64_t *from);
// Replies to a LAST_PID frame.
void handle_last_pid_frame(const struct nsinit_frame *frame);

// channel.c
// Returns the length of the datagram. It is 0 or -ECONNRESET if Node has closed its end.
long receive(struct received *received);
void close_descriptors(struct received *received);
void release(struct received *received);
// Gives the memory of the last datagram back to the kernel.
void shrink_channel(void);
void report(const struct nsinit_report *report, int credentials_pid);
void report_failure(uint32_t id, const struct failure *failure);
// Receives one frame while nsinit waits for Node. Node sends only frames without descriptors then.
long receive_frame(void *frame, size_t size);

// maps.c
// Sends a report of this type, and waits for GO_ON. Ends nsinit if Node ends it instead.
void await_node(uint32_t type);

// join.c
// Returns the next received descriptor that no operation has taken yet, or the negative errno.
long take_descriptor(struct received *received);

// descriptors.c
// Sends a descriptor through a Unix socket.
long send_descriptor(int channel, int descriptor);

// The functions of the operations, which several files define. They return 0 or the negative errno.
#define NSINIT_FUNCTION(name, value, frame, function) long function(const struct step *step);
NSINIT_OPERATIONS(NSINIT_FUNCTION)
#undef NSINIT_FUNCTION

// mounts/root.c
// Closes what is open for the file system, after another process has carried out its operations.
void forget_file_system(void);
// Remembers what nsinit needs of the mount namespace that it is about to leave.
void note_old_root(void);
// The /proc of that mount namespace, or 0.
int old_proc(void);

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
// Returns the directory of a new cgroup, or -1 if none can be created.
int make_cgroup(void);
void remove_cgroup(void);

// supervise.c
// Returns 0 or a negated errno. It is -ENOENT if no /proc shows nsinit's own PID namespace.
long find_children(void);
// Sends a signal to nsinit's children, and returns to how many.
int signal_children(int signal);
void kill_descendants(void);
// The same for PID 1: kills every process of its namespace.
void kill_namespace(void);

// usage.c
// Reaps one child that has ended, and counts what it has used. Returns its PID, 0 if none has ended, or the negative errno.
long reap_child(struct death *death, int with_session);
// Returns the signal that has stopped a command, or 0.
int stop_of(int pid);
void add_usage(struct nsinit_usage *sum, const struct nsinit_usage *more);
// Returns what all reaped children have used.
struct nsinit_usage usage_of_children(void);

// signals.c
// Larger than the number of the signalfd, which is the lowest free one at the start.
#define DESCRIPTORS_WAITED_FOR 1024
int open_signals(void);
void reset_dispositions(void);
// Sends a signal to one process. Returns 0 or the negative errno.
long send_signal(int pid, int signal);
void handle_signals(int signals);
void handle_signal_frame(const struct nsinit_frame *frame);
// Keeps a signal that Node has sent while nsinit waits for its id maps, because none may be lost.
void stash_signal(const struct nsinit_frame *frame);
void handle_stashed_signals(void);
// Sends a signal to all processes of the namespace, or to all children of a supervisor.
void signal_all(int signal);

// reap.c
void reap(void);
// Whether the command has ended, and WAIT_FOR_ALL makes nsinit wait for other processes.
int is_waiting_for_all(void);
// Returns the exit code that mirrors a wait status: 128+n for signal n, as shells and tini do.
int mirrored(int status);

// end.c
// Kills and reaps every other process, as far as nsinit may do that.
void end_others(void);
__attribute__((noreturn)) void leave(int status);
// Makes the kernel send a signal to nsinit when the thread of Node that launched it ends, unless nsinit survives Node. A change of
// credentials clears this.
long die_with_node(void);
// Returns the time of CLOCK_MONOTONIC.
int64_t now_ns(void);
// Reports the failure of the call in failed_syscall, and ends nsinit, because it cannot continue.
__attribute__((noreturn)) void fail_init(long error);
// Checks the result of a call that nsinit cannot do without.
static inline long required(long result) {
  if (result < 0) fail_init(result);
  return result;
}

// init.c
extern struct init_state state;
__attribute__((noreturn)) void init_main(void);
