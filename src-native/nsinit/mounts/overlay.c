// Makes overlays. Their directories are named by the numbers of their descriptors, so that any path works, and none is visible inside.
#include "../../protocol/decimal.h"
#include "mounts.h"

// The largest value of a parameter, with its NUL: fsconfig(2).
#define VALUE_MAX 256
#define NUMBER_MAX 24

static long append_source(char *value, size_t *length) {
  const long source = next_source();
  if (source < 0) return source;
  if (*length + NUMBER_MAX > VALUE_MAX) return -E2BIG;
  if (*length > 0) value[(*length)++] = ':';
  *length += (size_t)print_number(value + *length, source);
  value[*length] = '\0';
  return 0;
}

// The lock of an upper directory lasts as long as its descriptor.
static long name_locked_source(char *value) {
  size_t length = 0;
  const long error = append_source(value, &length);
  if (error == 0) file_system.sources[file_system.sources_taken - 1] = -1;
  return error;
}

static long name_stage_directory(char *value) {
  const char *name = next_stage_name();
  const long error = sys(mkdirat, file_system.stage, name, 0755);
  if (error < 0) return error;
  const long directory = sys(openat, file_system.stage, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return directory;
  value[print_number(value, directory)] = '\0';
  return directory;
}

static long configure(long context, const char *lower, const char *upper, const char *work, uint64_t flags) {
  // The kernel looks the names up in the working directory. END_ROOT changes it again.
  long error = sys(chdir, "/proc/self/fd");
  if (error == 0) error = sys(fsconfig, context, FSCONFIG_SET_STRING, "lowerdir", lower, 0);
  if (error == 0) error = sys(fsconfig, context, FSCONFIG_SET_STRING, "upperdir", upper, 0);
  if (error == 0) error = sys(fsconfig, context, FSCONFIG_SET_STRING, "workdir", work, 0);
  if (error == 0 && flags & NSINIT_MOUNT_USER_XATTR)
    error = sys(fsconfig, context, FSCONFIG_SET_FLAG, "userxattr", 0, 0);
  return error;
}

static long make(const char *lower, const char *upper, const char *work, uint64_t flags) {
  const long context = open_file_system("overlay");
  if (context < 0) return context;
  const long error = configure(context, lower, upper, work, flags);
  if (error == 0) return create_mount(context, flags & NSINIT_MOUNT_ATTRIBUTES & ~(uint64_t)NSINIT_MOUNT_READ_ONLY);
  sys(close, context);
  return error;
}

long make_overlay(uint64_t flags, uint64_t layer_count) {
  char lower[VALUE_MAX], upper[NUMBER_MAX], work[NUMBER_MAX];
  size_t length = 0;
  for (uint64_t i = 0; i < layer_count; i++) {
    const long error = append_source(lower, &length);
    if (error < 0) return error;
  }
  if (length == 0) return -EPROTO;
  if (flags & NSINIT_MOUNT_HAS_UPPER) {
    long error = name_locked_source(upper);
    if (error == 0) error = name_locked_source(work);
    return error < 0 ? error : make(lower, upper, work, flags);
  }
  const long upper_directory = name_stage_directory(upper);
  if (upper_directory < 0) return upper_directory;
  const long work_directory = name_stage_directory(work);
  long mount = work_directory;
  if (work_directory >= 0) {
    mount = make(lower, upper, work, flags);
    sys(close, work_directory);
  }
  sys(close, upper_directory);
  return mount;
}
