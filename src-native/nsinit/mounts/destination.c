// Finds and makes the destinations of mounts. What is below the root may belong to somebody else, who may put links there.
#include <linux/openat2.h>

#include "mounts.h"

static long open_below(long directory, const char *path) {
  const struct open_how how = {
      .flags = O_PATH | O_CLOEXEC,
      .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
  };
  return sys(openat2, directory, path, &how, sizeof how);
}

long find_destination(const char *path) { return open_below(file_system.root, path); }

static long status_of(long file, struct stat *status) { return sys(fstat, file, status); }

long is_folder(long file) {
  struct stat status;
  const long error = status_of(file, &status);
  return error < 0 ? error : (status.st_mode & 0170000) == 0040000;
}

long check_is_own(long directory) {
  struct stat status;
  const long error = status_of(directory, &status);
  if (error < 0) return error;
  for (uint32_t i = 0; i < file_system.own_count; i++)
    if (file_system.own[i] == status.st_dev) return 0;
  failed_syscall = __NR_mkdirat;
  return -EROFS;
}

static long make_entry(long directory, const char *name, int is_directory, uint32_t mode) {
  long error = check_is_own(directory);
  if (error < 0) return error;
  if (is_directory) return sys(mkdirat, directory, name, mode);
  const long file = sys(openat, directory, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, mode);
  if (file < 0) return file;
  sys(close, file);
  return 0;
}

// Copies the next name of a path. Returns what follows it, or NULL if it is too long.
static const char *take_name(const char *path, char *name) {
  size_t length = 0;
  while (*path == '/') path++;
  for (; *path != '\0' && *path != '/'; path++) {
    if (length == NAME_MAX) return NULL;
    name[length++] = *path;
  }
  name[length] = '\0';
  while (*path == '/') path++;
  return path;
}

long make_destination(const char *path, int is_directory, uint32_t mode) {
  const long found = find_destination(path);
  if (found != -ENOENT) return found;
  long at = file_system.root;
  for (const char *rest = path;;) {
    char name[NAME_MAX + 1];
    rest = take_name(rest, name);
    if (rest == NULL) return -ENAMETOOLONG;
    const int is_last = *rest == '\0';
    long next = open_below(at, name);
    if (next == -ENOENT) {
      next = make_entry(at, name, !is_last || is_directory, is_last ? mode : 0755);
      if (next == 0) next = open_below(at, name);
    }
    if (at != file_system.root) sys(close, at);
    if (next < 0 || is_last) return next;
    at = next;
  }
}

long make_parent(const char *path, const char **name) {
  static char parent[PATH_MAX];
  size_t length = 0, slash = 0;
  for (; path[length] != '\0'; length++) {
    if (length == PATH_MAX - 1) return -ENAMETOOLONG;
    parent[length] = path[length];
    if (path[length] == '/') slash = length;
  }
  parent[slash == 0 ? 1 : slash] = '\0';
  *name = path + slash + 1;
  return make_destination(parent, 1, 0755);
}
