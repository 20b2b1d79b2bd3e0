#include "supervised_cgroup.h"

#include <linux/fcntl.h>
#include <linux/magic.h>
#include <linux/time_types.h>

#include "decimal.h"
#include "directory_entry.h"
#include "durations.h"
#include "raw_syscall.h"

// The beginning of struct statfs of the kernel. Its headers define it with other names of fields, depending on the architecture.
struct filesystem_status {
  long type;
  char rest[248];
};

static int has_parent_steps(const char *path) {
  for (; path[0] != '\0'; path++)
    if (path[0] == '.' && path[1] == '.') return 1;
  return 0;
}

// Finds the path of the cgroup of version 2, which is in the line "0::/path".
static int find_cgroup_path(const char *text, char *path, size_t size) {
  for (const char *line = text; *line != '\0';) {
    const char *end = line;
    while (*end != '\n' && *end != '\0') end++;
    const size_t width = (size_t)(end - line);
    if (width > 3 && line[0] == '0' && line[1] == ':' && line[2] == ':' && width - 3 < size) {
      for (size_t i = 3; i < width; i++) path[i - 3] = line[i];
      path[width - 3] = '\0';
      // If the cgroup is not below the root of the reader's cgroup namespace, the path contains "..". The reader must leave such a cgroup
      // alone.
      return !has_parent_steps(path);
    }
    line = *end == '\0' ? end : end + 1;
  }
  return 0;
}

static int read_cgroup_path(const char *file, char *path, size_t size) {
  char text[2048];
  const long descriptor = RAW_SYSCALL(openat, AT_FDCWD, file, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return 0;
  const long length = RAW_SYSCALL(read, descriptor, text, sizeof text - 1);
  RAW_SYSCALL(close, descriptor);
  if (length <= 0) return 0;
  text[length] = '\0';
  return find_cgroup_path(text, path, size);
}

// cgroup version 2 is mounted alone, or beside version 1.
static int open_root(void) {
  static const char *const roots[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
  for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
    const long root = RAW_SYSCALL(openat, AT_FDCWD, roots[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) continue;
    struct filesystem_status status;
    if (RAW_SYSCALL(fstatfs, root, &status) == 0 && status.type == CGROUP2_SUPER_MAGIC) return (int)root;
    RAW_SYSCALL(close, root);
  }
  return -1;
}

static int set_cgroup_name(struct supervised_cgroup *cgroup, uint64_t pid_namespace_id, long supervisor) {
  static const char prefix[] = SUPERVISED_CGROUP_PREFIX;
  if (pid_namespace_id == 0 || pid_namespace_id > UINT32_MAX) return 0;
  size_t length = sizeof prefix - 1;
  for (size_t i = 0; i < length; i++) cgroup->name[i] = prefix[i];
  length += (size_t)print_number(cgroup->name + length, (long)pid_namespace_id);
  cgroup->name[length++] = '-';
  cgroup->stem_length = length;
  cgroup->name[length + (size_t)print_number(cgroup->name + length, supervisor)] = '\0';
  return 1;
}

int locate_supervised_cgroup(struct supervised_cgroup *cgroup, const char *file, uint64_t pid_namespace_id,
                             long supervisor) {
  char path[1024];
  cgroup->parent = -1;
  if (!set_cgroup_name(cgroup, pid_namespace_id, supervisor) || !read_cgroup_path(file, path, sizeof path)) return 0;
  const int root = open_root();
  if (root < 0) return 0;
  cgroup->parent = (int)RAW_SYSCALL(openat, root, path[1] == '\0' ? "." : path + 1, O_PATH | O_DIRECTORY | O_CLOEXEC);
  RAW_SYSCALL(close, root);
  return cgroup->parent >= 0;
}

void for_each_cgroup_below(int parent, const char *name, int depth,
                           void (*visit)(int directory, const char *name, int depth)) {
  const long directory = RAW_SYSCALL(openat, parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  char entries[1024] __attribute__((aligned(8)));
  for (long length; (length = RAW_SYSCALL(getdents64, directory, entries, sizeof entries)) > 0;) {
    for (long offset = 0; offset < length;) {
      const struct directory_entry *entry = (const struct directory_entry *)(entries + offset);
      offset += entry->size;
      if (entry->type == DIRECTORY_TYPE && entry->name[0] != '.') visit((int)directory, entry->name, depth);
    }
  }
  RAW_SYSCALL(close, directory);
}

long kill_cgroup(int directory) {
  const long file = RAW_SYSCALL(openat, directory, "cgroup.kill", O_WRONLY | O_CLOEXEC);
  if (file < 0) return file;
  const long written = RAW_SYSCALL(write, file, "1", 1);
  RAW_SYSCALL(close, file);
  return written < 0 ? written : 0;
}

static void remove_below(int directory, const char *name, int depth) { remove_cgroup_at(directory, name, depth - 1); }

long remove_cgroup_at(int parent, const char *name, int depth) {
  const long error = RAW_SYSCALL(unlinkat, parent, name, AT_REMOVEDIR);
  // EBUSY means that the cgroup contains cgroups or processes. Programs to which a cgroup is delegated create cgroups in it.
  if (error != -EBUSY || depth == 0) return error;
  for_each_cgroup_below(parent, name, depth, remove_below);
  return RAW_SYSCALL(unlinkat, parent, name, AT_REMOVEDIR);
}

void remove_killed_cgroup(int parent, const char *name) {
  for (int attempt = 0; attempt < 250; attempt++) {
    if (remove_cgroup_at(parent, name, CGROUP_DEPTH_MAX) != -EBUSY) return;
    const struct __kernel_timespec pause = {0, NS_PER_MS};
    RAW_SYSCALL(nanosleep, &pause);
  }
}
