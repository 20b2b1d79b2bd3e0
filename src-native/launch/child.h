// The cloned child, for the few instructions that it shares Node's memory.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct namespawn_child {
  uint64_t clone_flags;      // CLONE_NEWPID, CLONE_NEWUSER
  int channel;               // nsinit's end
  int image;                 // nsinit's executable
  int keep_capabilities;     // 1: raise them to ambient ones, for they are lost at the exec in a new user namespace
  int pidfd;                 // out
  int32_t is_in_our_memory;  // out: 0 once the child has left; the kernel writes it (CLONE_CHILD_CLEARTID)
  char *stack;
  uint64_t stack_size;
};

// Answers the PID or the negative errno. All signals must be blocked. The child writes a FAILED report to the channel
// where it cannot execute nsinit.
long namespawn_clone_child(struct namespawn_child *child);

// namespawn/sys: clone3 and execve, with the calling thread waiting for it (CLONE_VFORK).
struct namespawn_exec {
  uint64_t clone_flags, exit_signal;
  const char *path;
  char *const *arguments, *const *environment;
  const int *descriptors;  // become 0, 1, 2 ...
  int *moved_descriptors;  // room for as many
  uint32_t descriptor_count;
  uint64_t mask;  // the signal mask to execute with
  const int32_t *set_tid;
  uint64_t set_tid_size;
  int cgroup;
  int pidfd;           // out
  int error;           // out: errno of the child, where it could not execute
  int syscall_number;  // out
  char *stack;
  uint64_t stack_size;
};

long namespawn_clone_exec(struct namespawn_exec *exec);

#ifdef __cplusplus
}
#endif
