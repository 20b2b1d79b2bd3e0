// Follows a program with every thread and process that it starts, and makes one of their system calls fail. See scripts/inject.mjs.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// Which thread or process makes a call.
enum role {
  ROLE_UNKNOWN,  // it has stopped before its parent has reported the clone
  ROLE_OTHER,    // the other threads of Node, and commands from their exec on
  ROLE_MAIN,     // Node's thread, between the markers IN and OUT
  ROLE_REACTOR,  // the thread "namespawn"
  ROLE_CHILD,    // what Node has cloned, until it executes nsinit
  ROLE_NSINIT,
  ROLE_COMMAND,  // what nsinit has cloned, until it executes the command
  ROLE_COUNT
};

// The program informs the tracer by kill(MARKER + n, 0), which needs no addon. The tracer sets the result.
#define MARKER 0x7fff0000
enum marker {
  MARKER_BEGIN,  // the begin of a cycle: the next line of stdin says what fails; ESRCH if there is none
  MARKER_IN,     // from here on the calls of this thread count
  MARKER_OUT,
  MARKER_END,  // the end of the cycle: EAGAIN while a process of it is left
};

enum mode {
  MODE_RECORD,   // nothing fails, and every call is printed
  MODE_ONCE,     // the call with this ordinal fails
  MODE_FOREVER,  // this call and every later one fail, as with a seccomp filter
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
  bool is_node;     // it is a thread of Node's process
  bool is_waiting;  // it is stopped until its role is known
  enum pending pending;
  int error;  // the errno that is pending
};

// tasks.c
struct task *find_task(pid_t id);
struct task *add_task(pid_t id);
void remove_task(pid_t id);
unsigned count_strangers(void);  // those outside of Node's process
void describe_strangers(void);

// calls.c
const char *role_name(enum role role);
enum role role_by_name(const char *name);
const char *call_name(long number);
long call_by_name(const char *name);
// Whether the project makes this call, and it can fail.
bool counts(enum role role, long number, const uint64_t *arguments);
// Whether the call does its work even if it fails: close(2) always closes the descriptor.
bool works_anyhow(long number);
