// Enters existing namespaces, as nsenter(1) does. nsinit is not dumpable, so that the processes there cannot access its memory.
#include <linux/limits.h>
#include <linux/sched.h>

#include "kernel.h"
#include "nsinit.h"

long take_descriptor(struct received *received) {
  if (received->descriptors_taken == received->descriptor_count) return -EPROTO;
  return received->descriptors[received->descriptors_taken++];
}

long join_namespace(const struct step *step) {
  const long namespace = take_descriptor(step->received);
  if (namespace < 0) return namespace;
  if (step->operation->u.join.type == CLONE_NEWNS) note_old_root();
  const long error = sys(setns, namespace, step->operation->u.join.type);
  sys(close, namespace);
  // The change of credentials clears PDEATHSIG if it was a user namespace.
  return error < 0 ? error : die_with_node();
}

// nsinit itself closes the descriptor, whose table this process does not share.
long join_for_children(const struct step *step) {
  const struct received *received = step->received;
  const uint32_t left = received->descriptor_count - received->descriptors_taken;
  if (left <= step->start->descriptor_count) return -EPROTO;
  step->start->descriptors_used = 1;
  return sys(setns, received->descriptors[received->descriptors_taken], CLONE_NEWPID);
}

// Refuses a working directory outside of the root, because it would be a way out. Its path is "(unreachable)/...".
static long check_directory(void) {
  static char path[PATH_MAX];
  const long length = sys(getcwd, path, sizeof path);
  if (length < 0) return length;
  return path[0] == '/' ? 0 : -EXDEV;
}

// Changes the working directory to a received descriptor or to the next path.
static long enter(const struct step *step, uint64_t how, uint64_t *path_index) {
  if (how == NSINIT_ENTER_PATH) {
    const char *path = operation_text(step->operation, (*path_index)++);
    return path == NULL ? -EPROTO : sys(chdir, path);
  }
  const long directory = take_descriptor(step->received);
  if (directory < 0) return directory;
  const long error = sys(fchdir, directory);
  sys(close, directory);
  return error;
}

// Joining a mount namespace sets the root and the working directory to the root of that namespace, and not to those of the process that was
// named.
long enter_root(const struct step *step) {
  const struct nsinit_operation *operation = step->operation;
  uint64_t path_index = 0;
  if (operation->u.enter_root.root != 0) {
    long error = enter(step, operation->u.enter_root.root, &path_index);
    if (error == 0) error = sys(chroot, ".");
    if (error < 0) return error;
  }
  if (operation->u.enter_root.directory == 0) return 0;
  const long error = enter(step, operation->u.enter_root.directory, &path_index);
  return error < 0 ? error : check_directory();
}
