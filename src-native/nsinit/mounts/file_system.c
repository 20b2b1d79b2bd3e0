// Makes file systems by the calls of Linux 5.2, and attaches mounts by descriptors, which no link can lead elsewhere.
#include "../../protocol/compatibility.h"
#include "../../protocol/decimal.h"
#include "mounts.h"

long create_mount(long context, uint64_t attributes) {
  long mount = sys(fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0);
  if (mount == 0) mount = sys(fsmount, context, FSMOUNT_CLOEXEC, attributes);
  sys(close, context);
  return mount;
}

long open_file_system(const char *type) {
  const long context = sys(fsopen, type, FSOPEN_CLOEXEC);
  // The name that mountinfo shows as the source. It says nothing else.
  if (context >= 0) raw_syscall(__NR_fsconfig, context, FSCONFIG_SET_STRING, (long)"source", (long)type, 0, 0);
  return context;
}

long make_file_system(const char *type, uint64_t attributes, const char *parameters, uint64_t pairs) {
  const long context = open_file_system(type);
  if (context < 0) return context;
  for (const char *key = parameters; pairs > 0; pairs--) {
    const char *value = key + text_length(key) + 1;
    const long error = sys(fsconfig, context, FSCONFIG_SET_STRING, key, value, 0);
    if (error < 0) {
      sys(close, context);
      return error;
    }
    key = value + text_length(value) + 1;
  }
  return create_mount(context, attributes);
}

long add_own(long mount) {
  struct stat status;
  const long error = sys(fstat, mount, &status);
  if (error < 0) return error;
  if (file_system.own_count == FILE_SYSTEMS_MAX) return -E2BIG;
  file_system.own[file_system.own_count++] = status.st_dev;
  return 0;
}

// It only adds attributes, so those stay that the kernel has locked.
long set_attributes(long mount, uint64_t attributes, unsigned flags) {
  const struct mount_attributes set = {.attr_set = attributes};
  return attributes == 0 ? 0 : sys(mount_setattr, mount, "", AT_EMPTY_PATH | flags, &set, sizeof set);
}

long attach(long mount, long destination) {
  return sys(move_mount, mount, "", destination, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

long attach_over_root(long mount) { return sys(move_mount, mount, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH); }

long make_read_only_at_end(long mount) {
  if (file_system.read_only_count == FILE_SYSTEMS_MAX) return -E2BIG;
  const long copy = sys(fcntl, mount, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) return copy;
  file_system.read_only[file_system.read_only_count++] = (int)copy;
  return 0;
}

const char *next_stage_name(void) {
  static char name[24];
  name[print_number(name, file_system.stage_names++)] = '\0';
  return name;
}
