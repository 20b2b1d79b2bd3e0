// scripts/inject/: a program is followed, with every thread and process that it starts, and one of their system calls fails.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// Who makes a call.
enum role {
  ROLE_UNKNOWN,  // it stopped before its parent's clone was told
  ROLE_OTHER,    // Node's other threads, and commands from their exec on
  ROLE_MAIN,     // Node's thread, between the markers IN and OUT
  ROLE_REACTOR,  // the thread "namespawn"
  ROLE_CHILD,    // what Node has cloned, until it executes nsinit
  ROLE_NSINIT,
  ROLE_COMMAND,  // what nsinit has cloned, until it executes the command
  ROLE_COUNT
};

// The program tells where it is by kill(MARKER + n, 0), which needs no addon. The answer is the tracer's.
#define MARKER 0x7fff0000
enum marker {
  MARKER_BEGIN,  // of a cycle: the next line of stdin says what is to fail; ESRCH where there is none
  MARKER_IN,     // the calls of this thread count
  MARKER_OUT,
  MARKER_END,  // of the cycle: EAGAIN while a process of it is left
};

enum mode {
  MODE_RECORD,   // nothing fails, and every call is told
  MODE_ONCE,     // the call of this ordinal
  MODE_FOREVER,  // this one, and each after it: what a seccomp filter does
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
  int error;  // what is pending
};

// tasks.c
struct task *find_task(pid_t id);
struct task *add_task(pid_t id);
void remove_task(pid_t id);
unsigned count_strangers(void);  // that are not of Node's process
void describe_strangers(void);

// calls.c
const char *role_name(enum role role);
enum role role_by_name(const char *name);
const char *call_name(long number);
long call_by_name(const char *name);
// Whether a call is one that the project makes, and can fail.
bool counts(enum role role, long number, const uint64_t *arguments);
// Whether it does its work though it fails: close(2) gives the descriptor back whatever it answers.
bool works_anyhow(long number);
