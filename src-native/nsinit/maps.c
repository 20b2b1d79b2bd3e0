// Waits for Node, which writes the id maps of a new user namespace, and switches to mapped ids.
#include <linux/prctl.h>
#include <linux/sched.h>

#include "../protocol/decimal.h"
#include "kernel.h"
#include "nsinit.h"

void await_node(uint32_t type) {
  const struct nsinit_report wanted = {.type = type};
  report(&wanted, 0);
  union {
    struct nsinit_frame frame;
    char space[256];
  } received;
  for (;;) {
    const long length = receive_frame(&received, sizeof received);
    if (length <= 0) leave(0);
    if (received.frame.type == NSINIT_FRAME_GO_ON) return;
    if (received.frame.type == NSINIT_FRAME_SHUTDOWN) leave(0);
    if (received.frame.type == NSINIT_FRAME_SIGNAL) stash_signal(&received.frame);
  }
}

long await_maps(const struct step *step) {
  (void)step;
  await_node(NSINIT_REPORT_MAPS_WANTED);
  return 0;
}

// Writes a file of /proc/PID of the parent of this process.
static long write_of_parent(const char *name, const char *content) {
  char path[48] = "/proc/";
  long length = 6 + print_number(path + 6, sys(getppid));
  path[length++] = '/';
  for (; *name != 0; name++) path[length++] = *name;
  path[length] = 0;
  const long file = sys(openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return file;
  const long written = sys(write, file, content, text_length(content));
  sys(close, file);
  return written < 0 ? written : 0;
}

static long write_maps_of_parent(const struct nsinit_operation *operation) {
  const char *deny = operation_text(operation, 0);
  long error = *deny == 0 ? 0 : write_of_parent("setgroups", deny);
  if (error == 0) error = write_of_parent("gid_map", operation_text(operation, 1));
  if (error == 0) error = write_of_parent("uid_map", operation_text(operation, 2));
  return error;
}

// Writes a file of /proc/self. No such directory need be in the mount namespace that nsinit has joined.
static long write_own(const char *path, const char *content) {
  const long file = sys(openat, old_proc(), path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return file;
  const long written = sys(write, file, content, text_length(content));
  sys(close, file);
  return written < 0 ? written : 0;
}

// The caller's own id alone a process may map by itself.
static long unshare_own(const struct nsinit_operation *operation) {
  const char *deny = operation_text(operation, 0);
  long error = sys(unshare, CLONE_NEWUSER);
  if (error == 0) error = sys(prctl, PR_SET_DUMPABLE, 1);
  if (error == 0 && *deny != 0) error = write_own("self/setgroups", deny);
  if (error == 0) error = write_own("self/gid_map", operation_text(operation, 1));
  if (error == 0) error = write_own("self/uid_map", operation_text(operation, 2));
  if (error == 0) error = sys(prctl, PR_SET_DUMPABLE, 0);
  return error < 0 ? error : die_with_node();
}

// The kernel lets only a process of the outer user namespace map its ids, so a child stays there and writes the maps. Nobody else can look
// into nsinit while it is dumpable: this is the outer user namespace, in which no command runs, and the inner one has no process yet.
long unshare_mapped(const struct step *step) {
  for (uint64_t i = 0; i < 3; i++)
    if (operation_text(step->operation, i) == NULL) return -EPROTO;
  if (old_proc() != 0) return unshare_own(step->operation);
  int ends[2] = {-1, -1};
  long error = sys(pipe2, ends, O_CLOEXEC);
  if (error < 0) return error;
  const long writer = sys(clone, 0, 0, 0, 0, 0);
  if (writer == 0) {
    sys(close, ends[1]);
    char byte;
    // Without it, nsinit has not entered a new user namespace, or has ended.
    error = sys(read, ends[0], &byte, 1) == 1 ? write_maps_of_parent(step->operation) : -ECANCELED;
    for (;;) sys(exit_group, -error);
  }
  sys(close, ends[0]);
  error = writer < 0 ? writer : sys(unshare, CLONE_NEWUSER);
  // The change of credentials has cleared it.
  if (error == 0) error = sys(prctl, PR_SET_DUMPABLE, 1);
  if (error == 0) sys(write, ends[1], "", 1);
  sys(close, ends[1]);
  int status = 0;
  if (writer > 0) sys(wait4, writer, &status, __WALL, 0);
  if (error == 0 && status != 0) error = (status & 0x7f) != 0 ? -EIO : -(status >> 8);
  if (error == 0) error = sys(prctl, PR_SET_DUMPABLE, 0);
  return error < 0 ? error : die_with_node();
}

long set_ids(const struct step *step) {
  const uint64_t uid = step->operation->u.set_ids.uid, gid = step->operation->u.set_ids.gid;
  // Fails with EPERM if the map denies it. The groups that remain are not mapped then.
  sys(setgroups, 0, 0);
  long error = sys(setresgid, gid, gid, gid);
  if (error == 0) error = sys(setresuid, uid, uid, uid);
  if (error == -EINVAL && step->operation->u.set_ids.is_optional == 1) error = 0;
  if (error == 0) error = die_with_node();  // setresuid has cleared the signal
  return error;
}
