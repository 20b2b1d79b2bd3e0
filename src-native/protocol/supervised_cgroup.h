// The cgroup (version 2) of a command without a PID namespace. All processes in it can be killed at once, however they fork and whichever
// user they run as. nsinit creates it and ends it (nsinit/cgroup.c). If nsinit was killed, Node ends it (launch/reap.cc). Both are linked
// with this code, which needs no libc.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SUPERVISED_CGROUP_PREFIX "namespawn-"
// The kernel's cgroup.max.depth is unlimited, but a cgroup with a path that is too long to be written is left alone.
#define CGROUP_DEPTH_MAX 64

struct supervised_cgroup {
  int parent;  // the directory that contains it, or -1
  // SUPERVISED_CGROUP_PREFIX, the id of the supervisor's PID namespace, a dash, and the supervisor's PID in that namespace.
  char name[sizeof SUPERVISED_CGROUP_PREFIX + 10 + 1 + 10];
  size_t stem_length;  // of the name, without the PID
};

// Opens the directory of the cgroup that a process is in, below which its supervised cgroup is created, and sets the name.
// `file` is the /proc/PID/cgroup of that process. Returns 1, or 0 if this process cannot reach that cgroup.
int locate_supervised_cgroup(struct supervised_cgroup *cgroup, const char *file, uint64_t pid_namespace_id,
                             long supervisor);

// Kills all processes of a cgroup (Linux 5.14). Returns 0 or the negative errno.
long kill_cgroup(int directory);

// Removes a cgroup and those below it, but not if a process is in one of them. Returns 0 or the negative errno.
long remove_cgroup_at(int parent, const char *name, int depth);

// The same for a cgroup whose processes have been killed: waits up to 50 ms until they have ended. A process that cannot end, because it
// is in a system call that does not return, keeps its cgroup.
void remove_killed_cgroup(int parent, const char *name);

// Calls `visit` for each cgroup that is directly below the given one.
void for_each_cgroup_below(int parent, const char *name, int depth,
                           void (*visit)(int directory, const char *name, int depth));

#ifdef __cplusplus
}
#endif
