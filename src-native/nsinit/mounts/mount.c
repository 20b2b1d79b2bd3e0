// Carries out MOUNT: what one entry of `mounts` needs.

#include "../../protocol/compatibility.h"
#include "mounts.h"

typedef long (*maker)(const struct nsinit_operation *operation, const char *path);

// Attaches a mount at a destination that may have to be made.
static long attach_at(long mount, const char *path, int is_directory) {
  const long destination = make_destination(path, is_directory, is_directory ? 0755 : 0644);
  if (destination < 0) return destination;
  long error = attach(mount, destination);
  // The kernel's EINVAL has many reasons.
  if (error == -EINVAL && is_folder(destination) != is_directory) error = -ENOTDIR;
  sys(close, destination);
  if (is_directory) forget_parent();
  return error;
}

// Attaches a file system that nsinit has made, below which it may make more.
static long attach_own(long mount, const struct nsinit_operation *operation, const char *path) {
  long error = add_own(mount);
  if (error == 0) error = attach_at(mount, path, 1);
  if (error == 0 && operation->u.mount.flags & NSINIT_MOUNT_READ_ONLY) error = make_read_only_at_end(mount);
  sys(close, mount);
  return error;
}

static int is_refused(long error) {
  return error == -EPERM || error == -EACCES || error == -ENODEV || error == -EINVAL || error == -EBUSY;
}

static long mount_file_system(const struct nsinit_operation *operation, const char *path) {
  const char *type = operation_text(operation, 1);
  const uint64_t flags = operation->u.mount.flags, pairs = operation->u.mount.argument;
  // The last pair has to be there.
  if (type == NULL || pairs > 64 || operation_text(operation, 1 + 2 * pairs) == NULL) return -EPROTO;
  const uint64_t attributes = flags & NSINIT_MOUNT_ATTRIBUTES & ~(uint64_t)NSINIT_MOUNT_READ_ONLY;
  const long mount = make_file_system(type, attributes, type + text_length(type) + 1, pairs);
  if (mount < 0) return is_refused(mount) && flags & NSINIT_MOUNT_OPTIONAL ? 0 : mount;
  return attach_own(mount, operation, path);
}

static long mount_overlay(const struct nsinit_operation *operation, const char *path) {
  const uint64_t flags = operation->u.mount.flags;
  const long mount = make_overlay(flags, operation->u.mount.argument);
  if (mount < 0) return (is_refused(mount) || mount == -ENOENT) && flags & NSINIT_MOUNT_OPTIONAL ? 0 : mount;
  return attach_own(mount, operation, path);
}

// END_ROOT closes the sources.
static long mount_source(const struct nsinit_operation *operation, const char *path) {
  const uint64_t flags = operation->u.mount.flags;
  const long source = next_source();
  if (source < 0) return source == -ENOENT && flags & NSINIT_MOUNT_OPTIONAL ? 0 : source;
  const long folder = is_folder(source);
  if (folder < 0) return folder;
  const long error = set_attributes(source, flags & NSINIT_MOUNT_ATTRIBUTES, AT_RECURSIVE);
  return error < 0 ? error : attach_at(source, path, (int)folder);
}

static long write_all(long file, const char *content, uint64_t size) {
  while (size > 0) {
    const long written = sys(write, file, content, size);
    if (written < 0) return written;
    content += written;
    size -= (uint64_t)written;
  }
  return 0;
}

// The file is made in the stage and mounted from there: its destination may be a file of the host, or be read-only.
static long mount_file(const struct nsinit_operation *operation, const char *path) {
  const char *content = path + text_length(path) + 1, *end = (const char *)operation + operation->size;
  const uint64_t size = operation->u.mount.argument;
  if (content > end || size > (uint64_t)(end - content)) return -EPROTO;
  const char *name = next_stage_name();
  const long file =
      sys(openat, file_system.stage, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, operation->u.mount.mode);
  if (file < 0) return file;
  long error = write_all(file, content, size);
  sys(close, file);
  const long tree = error < 0 ? error : sys(open_tree, file_system.stage, name, OPEN_TREE_CLONE | O_CLOEXEC);
  if (tree < 0) return tree;
  error = set_attributes(tree, operation->u.mount.flags & NSINIT_MOUNT_ATTRIBUTES, 0);
  if (error == 0) error = attach_at(tree, path, 0);
  sys(close, tree);
  return error;
}

static long make_directory(const struct nsinit_operation *operation, const char *path) {
  const long directory = make_destination(path, 1, operation->u.mount.mode);
  if (directory < 0) return directory;
  const long folder = is_folder(directory);
  sys(close, directory);
  if (folder != 0) return folder < 0 ? folder : 0;
  failed_syscall = __NR_mkdirat;
  return -EEXIST;
}

static long has_target(long directory, const char *name, const char *target) {
  static char there[PATH_MAX];
  const long length = sys(readlinkat, directory, name, there, sizeof there);
  if (length < 0 || (size_t)length != text_length(target)) return 0;
  for (long i = 0; i < length; i++)
    if (there[i] != target[i]) return 0;
  return 1;
}

static long make_link(const struct nsinit_operation *operation, const char *path) {
  const char *target = operation_text(operation, 1), *name;
  if (target == NULL) return -EPROTO;
  const long directory = make_parent(path, &name);
  if (directory < 0) return directory;
  long error = check_is_own(directory);
  if (error == 0) error = sys(symlinkat, target, directory, name);
  // The same link may be there already.
  return (error == -EEXIST || error == -EROFS) && has_target(directory, name, target) ? 0 : error;
}

static long mask(const struct nsinit_operation *operation, const char *path) {
  const long null = next_source();
  if (null < 0) return null;
  const long destination = find_destination(path);
  if (destination == -ENOENT && operation->u.mount.flags & NSINIT_MOUNT_OPTIONAL) return 0;
  if (destination < 0) return destination;
  const uint64_t attributes = NSINIT_MOUNT_READ_ONLY | NSINIT_MOUNT_NOSUID | NSINIT_MOUNT_NOEXEC;
  long error = is_folder(destination);
  if (error == 1) {
    const long empty = make_file_system("tmpfs", attributes | NSINIT_MOUNT_NODEV, "nr_inodes\0001", 1);
    error = empty < 0 ? empty : attach(empty, destination);
    if (empty >= 0) sys(close, empty);
  } else if (error == 0) {
    error = set_attributes(null, attributes, 0);
    if (error == 0) error = attach(null, destination);
  }
  sys(close, destination);
  forget_parent();
  return error;
}

// What a prepared root contains is the same for all of its users.
static long seal(const struct nsinit_operation *operation, const char *path) {
  (void)operation;
  (void)path;
  file_system.own_count = 0;
  forget_parent();
  return 0;
}

static const maker makers[] = {
    [NSINIT_MOUNT_FILE_SYSTEM] = mount_file_system,
    [NSINIT_MOUNT_BIND] = mount_source,
    [NSINIT_MOUNT_OVERLAY] = mount_overlay,
    [NSINIT_MOUNT_FILE] = mount_file,
    [NSINIT_MOUNT_DIRECTORY] = make_directory,
    [NSINIT_MOUNT_SYMLINK] = make_link,
    [NSINIT_MOUNT_MASK] = mask,
    [NSINIT_MOUNT_SEAL] = seal,
};

long mount_something(const struct step *step) {
  const struct nsinit_operation *operation = step->operation;
  const uint32_t kind = operation->u.mount.kind;
  const char *path = operation_text(operation, 0);
  if (path == NULL || kind >= sizeof makers / sizeof *makers || makers[kind] == NULL) return -EPROTO;
  if (file_system.root == 0) return -EPROTO;
  return makers[kind](operation, path);
}
