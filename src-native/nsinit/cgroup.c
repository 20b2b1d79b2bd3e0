// Gives the command a cgroup of its own if there is no PID namespace. nsinit needs privilege over its own cgroup for that. Otherwise it
// kills the command's descendants one by one (supervise.c).
#include "../protocol/decimal.h"
#include "../protocol/supervised_cgroup.h"
#include "kernel.h"
#include "nsinit.h"

static struct supervised_cgroup cgroup = {.parent = -1};

// Whether a cgroup belongs to a supervisor of this PID namespace that has ended. The PID in the name of another one means nothing here.
static int is_stale(const char *name) {
  for (size_t i = 0; i < cgroup.stem_length; i++)
    if (name[i] != cgroup.name[i]) return 0;
  const char *digits = name + cgroup.stem_length;
  const long pid = parse_number(digits, (long)text_length(digits));
  return pid > 0 && (pid == sys(getpid) || sys(kill, pid, 0) == -ESRCH);
}

// Ends the cgroup of a supervisor that was killed together with its Node, for example by PDEATHSIG during the set-up. If its processes have
// not ended yet, the next supervisor removes the cgroup.
static void end_if_stale(int parent, const char *name, int depth) {
  if (!is_stale(name)) return;
  const long directory = sys(openat, parent, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  kill_cgroup((int)directory);
  sys(close, directory);
  remove_cgroup_at(parent, name, depth);
}

int make_cgroup(void) {
  if (!locate_supervised_cgroup(&cgroup, "/proc/self/cgroup", pid_namespace_id(), sys(getpid))) return -1;
  for_each_cgroup_below(cgroup.parent, ".", CGROUP_DEPTH_MAX, end_if_stale);
  if (sys(mkdirat, cgroup.parent, cgroup.name, 0755) < 0) return -1;
  const long directory = sys(openat, cgroup.parent, cgroup.name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  // Before Linux 5.14 this file does not exist, and the processes of a cgroup cannot be killed at once.
  const long kill_file = directory < 0 ? directory : sys(openat, directory, "cgroup.kill", O_WRONLY | O_CLOEXEC);
  if (kill_file >= 0) {
    sys(close, kill_file);
    return (int)directory;
  }
  if (directory >= 0) sys(close, directory);
  remove_cgroup();
  return -1;
}

void remove_cgroup(void) { remove_killed_cgroup(cgroup.parent, cgroup.name); }
