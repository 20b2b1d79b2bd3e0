// The cgroup that a supervisor made for its command: nsinit/cgroup.c.
#pragma once

#include <sys/types.h>

namespace namespawn {

// Ends what a supervisor has left that was killed: the processes in its cgroup, and the cgroup. It must not be reaped yet: its
// number finds them.
void EndSupervisedCgroup(pid_t supervisor);

}  // namespace namespawn
