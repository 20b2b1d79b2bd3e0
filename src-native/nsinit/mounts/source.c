// Opens what is mounted later, before anything covers it, and with the rights of the caller.
#include "../../protocol/compatibility.h"
#include "../../protocol/decimal.h"
#include "mounts.h"

struct file_system file_system;

static const char descriptors[] = "/proc/self/fd/";

// A descriptor belongs to the caller's mount namespace, in which this process may clone nothing. Its path leads to the same file here, unless
// something has been mounted over it, or it was removed.
static long path_of_descriptor(long descriptor, char *path) {
  char link[sizeof descriptors + 20];
  size_t length = 0;
  for (; descriptors[length] != '\0'; length++) link[length] = descriptors[length];
  link[length + (size_t)print_number(link + length, descriptor)] = '\0';
  const long size = sys(readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
  if (size < 0) return size;
  path[size] = '\0';
  return path[0] == '/' ? 0 : -EINVAL;
}

static long is_same_file(long one, long other) {
  struct stat first, second;
  long error = sys(fstat, one, &first);
  if (error == 0) error = sys(fstat, other, &second);
  if (error < 0) return error;
  return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

static long open_path(uint64_t how, const char *path) {
  const unsigned clone = OPEN_TREE_CLONE | O_CLOEXEC;
  switch (how) {
    case NSINIT_SOURCE_TREE:
      return sys(open_tree, AT_FDCWD, path, clone);
    case NSINIT_SOURCE_RECURSIVE_TREE:
      return sys(open_tree, AT_FDCWD, path, clone | AT_RECURSIVE);
    case NSINIT_SOURCE_LAYER:
      return sys(openat, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    case NSINIT_SOURCE_UPPER:
      return sys(openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    default:
      return -EPROTO;
  }
}

static long open_descriptor(uint64_t how, long descriptor) {
  static char path[PATH_MAX];
  const long error = path_of_descriptor(descriptor, path);
  if (error < 0) return error;
  const long source = open_path(how, path);
  if (source < 0) return source;
  const long same = is_same_file(source, descriptor);
  if (same == 1) return source;
  sys(close, source);
  return same < 0 ? same : -ESTALE;
}

// The kernel lets two overlays have one upper directory, and does not say what happens then. The lock is held by every process that has
// inherited this descriptor: nsinit, and no other.
static long lock(long upper) {
  const long error = sys(flock, upper, LOCK_EX | LOCK_NB);
  return error == -EAGAIN ? -EBUSY : error;
}

static long open_one(const struct step *step) {
  const uint64_t how = step->operation->u.open_source.how;
  long source;
  if (step->operation->u.open_source.flags & NSINIT_SOURCE_DESCRIPTOR) {
    const long descriptor = take_descriptor(step->received);
    if (descriptor < 0) return descriptor;
    source = open_descriptor(how, descriptor);
    sys(close, descriptor);
  } else {
    const char *path = operation_text(step->operation, 0);
    source = path == NULL ? -EPROTO : open_path(how, path);
  }
  if (source < 0 || how != NSINIT_SOURCE_UPPER) return source;
  const long error = lock(source);
  if (error == 0) return source;
  sys(close, source);
  return error;
}

long open_source(const struct step *step) {
  if (file_system.source_count == SOURCES_MAX) return -E2BIG;
  const long source = open_one(step);
  const int is_missing = source == -ENOENT || source == -ENOTDIR;
  const int is_optional = (step->operation->u.open_source.flags & NSINIT_SOURCE_OPTIONAL) != 0;
  if (source < 0 && !(is_missing && is_optional)) return source;
  file_system.sources[file_system.source_count++] = source < 0 ? -1 : (int)source;
  return 0;
}

long next_source(void) {
  if (file_system.sources_taken == file_system.source_count) return -EPROTO;
  const int source = file_system.sources[file_system.sources_taken++];
  return source < 0 ? -ENOENT : source;
}
