// Begins the root directory in which everything is mounted, and ends with it as the root of the namespace.
#include <linux/stat.h>

#include "../../protocol/compatibility.h"
#include "mounts.h"

// A stage over the root has to be unmounted by itself, which waits for all CPUs. One over a directory of an old root goes with that. No source
// is looked up any more, and only /proc is still of use.
static long make_stage(int is_new) {
  const long stage = make_file_system("tmpfs", NSINIT_MOUNT_NOSUID | NSINIT_MOUNT_NODEV, "mode\000755", 1);
  if (stage < 0) return stage;
  file_system.stage = (int)stage;
  const long error = is_new ? sys(move_mount, stage, "", AT_FDCWD, "/dev", MOVE_MOUNT_F_EMPTY_PATH) : -ENOENT;
  return error < 0 ? attach_over_root(stage) : error;
}

static long root_of_kind(uint64_t flags, uint64_t kind, uint64_t layer_count) {
  long root, error;
  switch (kind) {
    case NSINIT_ROOT_HOST:
    case NSINIT_ROOT_READONLY:
      root = sys(openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
      if (root < 0 || kind == NSINIT_ROOT_HOST) return root;
      error = set_attributes(root, NSINIT_MOUNT_READ_ONLY, AT_RECURSIVE);
      return error < 0 ? error : root;
    case NSINIT_ROOT_EMPTY:
      return make_file_system("tmpfs", NSINIT_MOUNT_NOSUID | NSINIT_MOUNT_NODEV, "mode\000755", 1);
    case NSINIT_ROOT_BIND:
      root = next_source();
      if (root < 0) return root;
      error = set_attributes(root, flags & NSINIT_MOUNT_ATTRIBUTES, AT_RECURSIVE);
      // END_ROOT closes the sources, and the root.
      return error < 0 ? error : sys(fcntl, root, F_DUPFD_CLOEXEC, 3);
    case NSINIT_ROOT_OVERLAY:
      return make_overlay(flags, layer_count);
    default:
      return -EPROTO;
  }
}

static void note_directory(void) {
  if (sys(getcwd, file_system.directory, sizeof file_system.directory) < 0) file_system.directory[0] = '\0';
}

void note_old_root(void) {
  note_directory();
  const long proc = sys(openat, AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (proc > 0) file_system.old_proc = (int)proc;
}

int old_proc(void) { return file_system.old_proc; }

long begin_root(const struct step *step) {
  const uint64_t kind = step->operation->u.root.kind, flags = step->operation->u.root.flags;
  if (file_system.root != 0) return -EPROTO;
  // Modes are exactly those that were asked for.
  file_system.umask = sys(umask, 0);
  // setns(2) has changed it.
  if (file_system.directory[0] == '\0') note_directory();
  const int is_new = kind != NSINIT_ROOT_HOST && kind != NSINIT_ROOT_READONLY;
  // The root of the host becomes read-only before the stage lies over it, and the stage not.
  long root = is_new ? 0 : root_of_kind(flags, kind, 0);
  if (root < 0) return root;
  if (flags & NSINIT_MOUNT_NEEDS_STAGE) {
    const long error = make_stage(is_new);
    if (error < 0) return error;
  }
  if (is_new) root = root_of_kind(flags, kind, step->operation->u.root.layer_count);
  if (root < 0) return root;
  file_system.root = (int)root;
  file_system.is_new = is_new;
  long error = is_new ? attach_over_root(root) : 0;
  if (error == 0 && (kind == NSINIT_ROOT_EMPTY || kind == NSINIT_ROOT_OVERLAY)) error = add_own(root);
  if (error == 0 && kind == NSINIT_ROOT_EMPTY && flags & NSINIT_MOUNT_READ_ONLY) error = make_read_only_at_end(root);
  return error;
}

static long mount_id_of(long directory, const char *path, uint64_t *id) {
  struct statx status;
  const long error = sys(statx, directory, path, AT_NO_AUTOMOUNT, STATX_MNT_ID, &status);
  *id = status.stx_mnt_id;
  return error;
}

// pivot_root(2) puts the old root over the new one, where ".." leads to what is on top: the stage lies over the old root, and something of
// the host's may as well. They go one by one until nothing covers the new root.
static long detach_old_root(void) {
  uint64_t root = 0, top = 0;
  long error = mount_id_of(file_system.root, ".", &root);
  for (int layers = 0; error == 0 && layers < 100; layers++) {
    error = mount_id_of(file_system.root, "..", &top);
    if (error < 0 || top == root) return error;
    error = sys(umount2, ".", MNT_DETACH);
  }
  return error < 0 ? error : -EBUSY;
}

static long detach(void) {
  const int top = file_system.is_new ? file_system.root : file_system.stage;
  if (top == 0) return 0;
  const long error = sys(fchdir, top);
  if (error < 0) return error;
  if (!file_system.is_new) return sys(umount2, ".", MNT_DETACH);
  const long pivoted = sys(pivot_root, ".", ".");
  return pivoted < 0 ? pivoted : detach_old_root();
}

void forget_file_system(void) {
  forget_parent();
  for (uint32_t i = 0; i < file_system.source_count; i++)
    if (file_system.sources[i] >= 0) sys(close, file_system.sources[i]);
  for (uint32_t i = 0; i < file_system.read_only_count; i++) sys(close, file_system.read_only[i]);
  if (file_system.root != 0) sys(close, file_system.root);
  if (file_system.stage != 0) sys(close, file_system.stage);
  if (file_system.old_proc != 0) sys(close, file_system.old_proc);
  file_system.source_count = file_system.read_only_count = 0;
  file_system.root = file_system.stage = file_system.old_proc = 0;
}

long end_root(const struct step *step) {
  if (file_system.root == 0) return -EPROTO;
  for (uint32_t i = 0; i < file_system.read_only_count; i++) {
    const long error = set_attributes(file_system.read_only[i], NSINIT_MOUNT_READ_ONLY, 0);
    if (error < 0) return error;
  }
  const long error = detach();
  if (error < 0) return error;
  sys(umask, file_system.umask);
  // The path may lead to something else now, or nowhere.
  if (file_system.directory[0] != '/' || sys(chdir, file_system.directory) < 0) {
    const long at_root = sys(chdir, "/");
    if (at_root < 0) return at_root;
  }
  // The process of a command has a table of descriptors of its own, and closes them by its exec. nsinit forgets its own then.
  if (step->start == NULL) forget_file_system();
  return 0;
}
