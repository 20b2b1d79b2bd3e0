// The cloned child while it shares Node's memory.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct namespawn_child {
  uint64_t clone_flags;      // CLONE_NEWPID, CLONE_NEWUSER
  int channel;               // nsinit's end
  int image;                 // the descriptor of nsinit's executable
  int keep_capabilities;     // 1: makes them ambient, because an exec in a new user namespace would clear them
  int pidfd;                 // out
  int32_t is_in_our_memory;  // out: 0 once the child has left; the kernel writes it (CLONE_CHILD_CLEARTID)
  char *stack;
  uint64_t stack_size;
};

// Returns the PID or the negative errno. All signals must be blocked. If the child cannot execute nsinit, it writes a FAILED report to the
// channel.
long namespawn_clone_child(struct namespawn_child *child);

// For namespawn/sys: clone3 and execve. The calling thread waits for the execve (CLONE_VFORK).
struct namespawn_exec {
  uint64_t clone_flags, exit_signal;
  const char *path;
  char *const *arguments, *const *environment;
  const int *descriptors;  // they become 0, 1, 2 and so on
  int *moved_descriptors;  // room for as many
  uint32_t descriptor_count;
  uint64_t mask;  // the signal mask of the program
  const int32_t *set_tid;
  uint64_t set_tid_size;
  int cgroup;
  int pidfd;           // out
  int error;           // out: the errno of the child if it could not execute the program
  int syscall_number;  // out
  char *stack;
  uint64_t stack_size;
};

long namespawn_clone_exec(struct namespawn_exec *exec);

#ifdef __cplusplus
}
#endif
