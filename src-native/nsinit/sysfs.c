// A /sys for the network namespace: it shows the interfaces of the namespace of whoever mounts it.
#include <asm/stat.h>
#include <asm/statfs.h>

#include "../protocol/compatibility.h"
#include "kernel.h"
#include "nsinit.h"

// What systems mount below /sys. A new sysfs would cover it: it is mounted there again.
static const char *const kept[] = {
    "/sys/fs/cgroup",    "/sys/fs/bpf",          "/sys/fs/fuse/connections", "/sys/fs/pstore",
    "/sys/kernel/debug", "/sys/kernel/security", "/sys/kernel/config",       "/sys/kernel/tracing",
};
#define KEPT_COUNT (sizeof kept / sizeof *kept)

// A copy of the mounts at the path, or a negative number where there is none.
static long copy_mounts(const char *path, unsigned long device_of_sysfs) {
  struct stat status;
  const long error = sys(newfstatat, AT_FDCWD, path, &status, 0);
  if (error < 0 || status.st_dev == device_of_sysfs) return -1;
  return sys(open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | O_CLOEXEC | AT_RECURSIVE);
}

static long mount_over(void) {
  struct statfs old;
  const int is_read_only = sys(statfs, "/sys", &old) == 0 && (old.f_flags & MS_RDONLY) != 0;
  struct stat status;
  const long missing = sys(newfstatat, AT_FDCWD, "/sys", &status, 0);
  if (missing < 0) return missing;
  long copies[KEPT_COUNT];
  for (size_t i = 0; i < KEPT_COUNT; i++) copies[i] = copy_mounts(kept[i], status.st_dev);
  const long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC | (is_read_only ? MS_RDONLY : 0);
  const long error = sys(mount, "sysfs", "/sys", "sysfs", flags, 0);
  for (size_t i = 0; i < KEPT_COUNT; i++) {
    if (copies[i] < 0) continue;
    if (error == 0)
      raw_syscall(__NR_move_mount, copies[i], (long)"", AT_FDCWD, (long)kept[i], MOVE_MOUNT_F_EMPTY_PATH, 0);
    sys(close, copies[i]);
  }
  // It shows this network namespace already.
  return error == -EBUSY ? 0 : error;
}

long mount_sys(const struct step *step) {
  const long error = mount_over();
  return step->operation->u.mount_sys.is_optional == 1 ? 0 : error;
}
