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

// Makes a missing directory, or an empty file, which is opened as well.
static long make_entry(long directory, const char *name, int is_directory, uint32_t mode) {
  if (is_directory) return sys(mkdirat, directory, name, mode);
  return sys(openat, directory, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, mode);
}

// Opens what has this name, and makes it if it is missing.
static long open_entry(long directory, int is_own, const char *name, int is_directory, uint32_t mode) {
  if (is_own) {
    const long made = make_entry(directory, name, is_directory, mode);
    if (made >= 0 && !is_directory) return made;
    if (made < 0 && made != -EEXIST) return made;
  }
  const long found = open_below(directory, name);
  if (found != -ENOENT || is_own) return found;
  const long error = check_is_own(directory);
  return error < 0 ? error : found;
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

// Opens a directory, and makes what is missing of it.
static long make_directories(const char *path) {
  const long found = find_destination(path);
  if (found != -ENOENT) return found;
  long at = file_system.root;
  for (const char *rest = path; *rest != '\0';) {
    char name[NAME_MAX + 1];
    rest = take_name(rest, name);
    const long next = rest == NULL ? -ENAMETOOLONG : open_entry(at, check_is_own(at) == 0, name, 1, 0755);
    if (at != file_system.root) sys(close, at);
    if (next < 0) return next;
    at = next;
  }
  return at == file_system.root ? sys(fcntl, at, F_DUPFD_CLOEXEC, 3) : at;
}

// The directory of the last destination. Most entries have the same one as the entry before.
static struct {
  char path[PATH_MAX];
  int descriptor;  // 0: none
  int is_own;
} parent;

void forget_parent(void) {
  if (parent.descriptor != 0) sys(close, parent.descriptor);
  parent.descriptor = 0;
}

static int is_parent(const char *path, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (parent.path[i] != path[i]) return 0;
  return parent.path[length] == '\0';
}

long make_parent(const char *path, const char **name) {
  size_t length = 0, slash = 0;
  for (; path[length] != '\0'; length++) {
    if (length == PATH_MAX - 1) return -ENAMETOOLONG;
    if (path[length] == '/') slash = length;
  }
  *name = path + slash + 1;
  if (length == 0 || path[0] != '/' || **name == '\0') return -EPROTO;
  if (slash == 0) slash = 1;
  if (parent.descriptor != 0 && is_parent(path, slash)) return parent.descriptor;
  forget_parent();
  for (size_t i = 0; i < slash; i++) parent.path[i] = path[i];
  parent.path[slash] = '\0';
  const long directory = make_directories(parent.path);
  if (directory <= 0) return directory < 0 ? directory : -EPROTO;
  parent.is_own = check_is_own(directory) == 0;
  parent.descriptor = (int)directory;
  return directory;
}

long make_destination(const char *path, int is_directory, uint32_t mode) {
  const char *name;
  const long directory = make_parent(path, &name);
  return directory < 0 ? directory : open_entry(directory, parent.is_own, name, is_directory, mode);
}
