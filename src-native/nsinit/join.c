// Enters namespaces of others, as nsenter(1) does. nsinit is not dumpable by then: whoever lives there is not to look into it.
#include "kernel.h"
#include "nsinit.h"

static long take_descriptor(struct received *received) {
  if (received->descriptors_taken == received->descriptor_count) return -EPROTO;
  return received->descriptors[received->descriptors_taken++];
}

long join_namespace(const struct step *step) {
  const long namespace = take_descriptor(step->received);
  if (namespace < 0) return namespace;
  const long error = sys(setns, namespace, step->operation->u.join.type);
  sys(close, namespace);
  // The credentials of another user namespace clear PDEATHSIG.
  return error < 0 ? error : die_with_node();
}

// Joining a mount namespace makes its root the root and the working directory, and not those of the process that was named.
long enter_root(const struct step *step) {
  const struct nsinit_operation *operation = step->operation;
  if (operation->u.enter_root.has_root) {
    const long root = take_descriptor(step->received);
    if (root < 0) return root;
    long error = sys(fchdir, root);
    if (error == 0) error = sys(chroot, ".");
    sys(close, root);
    if (error < 0) return error;
  }
  if (operation->u.enter_root.has_directory == 0) return 0;
  const long directory = take_descriptor(step->received);
  if (directory < 0) return directory;
  const long error = sys(fchdir, directory);
  sys(close, directory);
  if (error < 0) return error;
  // A directory outside of the root would be a way out of it: its path is "(unreachable)/...".
  static char path[4096];
  const long length = sys(getcwd, path, sizeof path);
  if (length < 0) return length;
  return path[0] == '/' ? 0 : -EXDEV;
}
