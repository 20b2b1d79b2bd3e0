// scripts/inject/: traces a program with every thread and process that it starts, and makes one of their system calls fail.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// The process or thread that makes a call.
enum role {
  ROLE_UNKNOWN,  // it stopped before the tracer was informed of the clone
  ROLE_OTHER,    // Node's other threads, and commands from their exec on
  ROLE_MAIN,     // Node's thread, between the markers IN and OUT
  ROLE_REACTOR,  // the thread "namespawn"
  ROLE_CHILD,    // the process that Node has cloned, until it executes nsinit
  ROLE_NSINIT,
  ROLE_COMMAND,  // the process that nsinit has cloned, until it executes the command; and its helper
  ROLE_COUNT
};

// The program reports its place by kill(MARKER + n, 0), which needs no addon. The tracer decides the result of the call.
#define MARKER 0x7fff0000
enum marker {
  MARKER_BEGIN,  // of a cycle: the next line of stdin is the fault; ESRCH if there is none
  MARKER_IN,     // from here on the calls of this thread are made to fail
  MARKER_OUT,
  MARKER_END,  // of the cycle: EAGAIN as long as a process of it is left
};

enum mode {
  MODE_RECORD,   // nothing fails, and every call is printed
  MODE_ONCE,     // only the call with this ordinal fails
  MODE_FOREVER,  // this call and all later ones fail, as with a seccomp filter
};

struct job {
  enum mode mode;
  enum role role;
  long number;
  unsigned ordinal;
  int error;
};

enum pending { PENDING_NONE, PENDING_SKIPPED, PENDING_DONE };

struct task {
  pid_t id;
  enum role role;
  bool is_node;     // a thread of Node's process
  bool is_waiting;  // stopped, until its role is known
  enum pending pending;
  int error;  // the result that is pending
};

// tasks.c
struct task *find_task(pid_t id);
struct task *add_task(pid_t id);
void remove_task(pid_t id);
unsigned count_strangers(void);  // processes other than Node
void describe_strangers(void);

// calls.c
const char *role_name(enum role role);
enum role role_by_name(const char *name);
const char *call_name(long number);
long call_by_name(const char *name);
// Returns whether the project makes this call, and it can fail.
bool counts(enum role role, long number, const uint64_t *arguments);
// Returns whether the call has its effect although it fails: close(2) always closes the descriptor.
bool works_anyhow(long number);
