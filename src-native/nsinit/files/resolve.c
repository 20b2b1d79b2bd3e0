// Opens paths without following what processes inside have made: no symbolic links, no magic links of /proc, and nothing above the root.
// Mounts are crossed, because those inside are legitimate, and the worker sees only those that the command sees.
#include "files.h"

static long open_strictly(long folder, const char *path, uint64_t flags, uint64_t resolve) {
  // O_PATH allows no flag that does not matter to it.
  const uint64_t all = flags | O_CLOEXEC | (flags & O_PATH ? 0 : O_NOCTTY);
  const struct path_options how = {all, 0, resolve | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
  return sys(openat2, folder, path, &how, sizeof how);
}

long open_path(const char *path, uint64_t flags) {
  if (*path != '/') return open_strictly(AT_FDCWD, *path == '\0' ? "." : path, flags, RESOLVE_BENEATH);
  const long root = sys(openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) return root;
  const long opened = open_strictly(root, path, flags, RESOLVE_IN_ROOT);
  raw_syscall(__NR_close, root, 0, 0, 0, 0, 0);
  return opened;
}

long open_below(long folder, const char *name, uint64_t flags, uint64_t more_resolve) {
  return open_strictly(folder, name, flags, RESOLVE_BENEATH | more_resolve);
}

long status_of(long descriptor, struct statx *status) {
  return sys(statx, descriptor, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, status);
}

long require_file(const struct statx *status) {
  if (S_ISREG(status->stx_mode)) return 0;
  if (S_ISDIR(status->stx_mode)) return OWN_ERROR(EISDIR);
  if (S_ISLNK(status->stx_mode)) return OWN_ERROR(ELOOP);
  // A FIFO, a socket or a device.
  return OWN_ERROR(EINVAL);
}

// Without O_NOFOLLOW, so that a link is reported as such, and not as something that is no folder.
#define OPEN_FOLDER (O_PATH | O_DIRECTORY)

// Opens the next folder of a path, and makes it if it is missing.
static long make_folder(long folder, const char *name, uint32_t uid, uint32_t gid) {
  long opened = open_below(folder, name, OPEN_FOLDER, 0);
  if (opened != -ENOENT) return opened;
  const long error = sys(mkdirat, folder, name, 0755);
  if (error < 0 && error != -EEXIST) return error;
  opened = open_below(folder, name, OPEN_FOLDER, 0);
  if (opened < 0 || error == -EEXIST) return opened;
  const long refused = sys(fchownat, opened, "", uid, gid, AT_EMPTY_PATH);
  if (refused == 0) return opened;
  raw_syscall(__NR_close, opened, 0, 0, 0, 0, 0);
  return refused;
}

long open_parent(const char *path, int parents, uint32_t uid, uint32_t gid, const char **name) {
  static char part[PATH_MAX];
  const size_t length = text_length(path);
  if (length >= sizeof part) return OWN_ERROR(ENAMETOOLONG);
  size_t last = length;
  while (last > 0 && path[last - 1] != '/') last--;
  *name = path + last;
  // The root itself cannot be replaced or removed.
  if (**name == '\0') return OWN_ERROR(EISDIR);
  if (!parents) {
    for (size_t i = 0; i < last; i++) part[i] = path[i];
    part[last] = '\0';
    return open_path(part, OPEN_FOLDER);
  }
  long folder = open_path(*path == '/' ? "/" : "", OPEN_FOLDER);
  for (size_t at = 0; at < last && folder >= 0; at++) {
    size_t size = 0;
    while (path[at] != '/') part[size++] = path[at++];
    part[size] = '\0';
    if (size == 0) continue;
    const long next = make_folder(folder, part, uid, gid);
    raw_syscall(__NR_close, folder, 0, 0, 0, 0, 0);
    folder = next;
  }
  return folder;
}
