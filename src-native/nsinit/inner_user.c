// A user namespace for the commands, within that of nsinit, in which no further one can be created. nsinit stays outside: it names its
// commands to Node, which the kernel allows only with capabilities over the PID namespace, and keeps a descriptor of the namespace.
#include <asm/stat.h>
#include <linux/limits.h>
#include <linux/prctl.h>
#include <linux/sched.h>

#include "kernel.h"
#include "nsinit.h"

static const char proc[] = "/proc/";
// The longest name is setgroups.
#define NAME_MAX_HERE 16

// Opens a file of a process in /proc. `process` is the text of its PID there.
static long open_of(const char *process, const char *name, long flags) {
  char path[sizeof proc + 12 + NAME_MAX_HERE];
  size_t length = 0;
  for (const char *from = proc; *from != '\0'; from++) path[length++] = *from;
  for (; *process != '\0'; process++) path[length++] = *process;
  path[length++] = '/';
  for (; *name != '\0'; name++) path[length++] = *name;
  path[length] = '\0';
  return sys(openat, AT_FDCWD, path, flags | O_CLOEXEC);
}

static long write_of(const char *process, const char *name, const char *content) {
  const long file = open_of(process, name, O_WRONLY);
  if (file < 0) return file;
  const long written = sys(write, file, content, text_length(content));
  sys(close, file);
  return written < 0 ? written : 0;
}

// The child that creates the namespace. It reports its PID as /proc shows it, which may be that of another PID namespace, and waits until
// its ids are mapped. Returns 0 if no further namespace can be created.
static long create(int to_nsinit, int from_nsinit) {
  long error = sys(unshare, CLONE_NEWUSER);
  // The change of credentials has cleared it. No command has been started yet, so nobody can look into this process.
  if (error == 0) error = sys(prctl, PR_SET_DUMPABLE, 1);
  if (error < 0) return error;
  char pid[12];
  const long length = sys(readlinkat, AT_FDCWD, "/proc/self", pid, sizeof pid - 1);
  if (length < 0) return length;
  error = sys(write, to_nsinit, pid, (size_t)length);
  if (error < 0) return error;
  // Without it, nsinit could not map the ids, or has ended.
  char byte;
  if (sys(read, from_nsinit, &byte, 1) != 1) return -ECANCELED;
  error = sys(unshare, CLONE_NEWUSER);
  if (error == -ENOSPC) return 0;
  return error < 0 ? error : -EOPNOTSUPP;
}

static long map_and_keep(const char *child, const struct nsinit_operation *operation) {
  const char *deny = operation_text(operation, 0);
  long error = *deny == '\0' ? 0 : write_of(child, "setgroups", deny);
  if (error == 0) error = write_of(child, "gid_map", operation_text(operation, 1));
  if (error == 0) error = write_of(child, "uid_map", operation_text(operation, 2));
  if (error < 0) return error;
  const long namespace = open_of(child, "ns/user", O_RDONLY);
  if (namespace < 0) return namespace;
  state.inner_user_namespace = (int)namespace;
  return 0;
}

long make_inner_user_namespace(const struct step *step) {
  for (uint64_t i = 0; i < 3; i++)
    if (operation_text(step->operation, i) == NULL) return -EPROTO;
  int up[2], down[2] = {-1, -1};
  long error = sys(pipe2, up, O_CLOEXEC);
  if (error < 0) return error;
  error = sys(pipe2, down, O_CLOEXEC);
  const long child = error < 0 ? error : sys(clone, 0, 0, 0, 0, 0);
  if (child == 0) {
    sys(close, up[0]);
    sys(close, down[1]);
    error = create(up[1], down[0]);
    for (;;) sys(exit_group, -error);
  }
  sys(close, up[1]);
  if (down[0] >= 0) sys(close, down[0]);
  char pid[12] = {0};
  error = child < 0 ? child : sys(read, up[0], pid, sizeof pid - 1);
  const int is_waiting = error > 0;
  if (is_waiting) error = map_and_keep(pid, step->operation);
  if (is_waiting && error == 0) sys(write, down[1], "", 1);
  sys(close, up[0]);
  if (down[1] >= 0) sys(close, down[1]);
  int status = 0;
  if (child > 0) sys(wait4, child, &status, __WALL, 0);
  if (error == 0 && status != 0) error = (status & 0x7f) != 0 ? -EIO : -(status >> 8);
  return error;
}

long enter_inner_user_namespace(const struct step *step) {
  const long error = sys(setns, state.inner_user_namespace, CLONE_NEWUSER);
  struct stat status;
  if (error == 0 && sys(fstat, state.inner_user_namespace, &status) == 0)
    step->start->spawned.u.spawned.namespaces[NSINIT_NAMESPACE_user] = status.st_ino;
  return error;
}
