// A cgroup of the command's own, where there is no PID namespace: what is in it can be killed at once, however it forks and
// whosever it is. Without privilege over the caller's cgroup there is none, and supervise.c does what it can.
#include "kernel.h"
#include "nsinit.h"

// The kernel's cgroup.max.depth is without limit, but a path that nobody can write is nobody's.
#define DEPTH_MAX 64

static const char prefix[] = NSINIT_CGROUP_PREFIX;
static int parent = -1;
// The prefix, the id of the PID namespace, and in that the number of the supervisor.
static char name[sizeof prefix + 10 + 1 + 10];
static size_t stem_length;  // without the last

// The caller's cgroup, as the line "0::/path" of /proc/self/cgroup has it; 0 where there is no version 2.
static int read_own_path(char *path, size_t size) {
  char text[2048];
  const long file = sys(openat, AT_FDCWD, "/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const long length = sys(read, file, text, sizeof text - 1);
  sys(close, file);
  if (length <= 0) return 0;
  text[length] = '\0';
  for (const char *line = text; *line != '\0';) {
    const char *end = line;
    while (*end != '\n' && *end != '\0') end++;
    const size_t width = (size_t)(end - line);
    if (width > 3 && line[0] == '0' && line[1] == ':' && line[2] == ':' && width - 3 < size) {
      for (size_t i = 3; i < width; i++) path[i - 3] = line[i];
      path[width - 3] = '\0';
      return 1;
    }
    line = *end == '\0' ? end : end + 1;
  }
  return 0;
}

static int has_parent_steps(const char *path) {
  for (; path[0] != '\0'; path++)
    if (path[0] == '.' && path[1] == '.') return 1;
  return 0;
}

// Where version 2 is mounted: by itself, or beside version 1.
static int open_root(void) {
  static const char *const roots[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
  for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
    const long root = sys(openat, AT_FDCWD, roots[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) continue;
    struct {
      long type;
      char rest[248];
    } status;
    if (sys(fstatfs, root, &status) == 0 && status.type == CGROUP2_SUPER_MAGIC) return (int)root;
    sys(close, root);
  }
  return -1;
}

static int make_name(void) {
  const uint64_t id = pid_namespace_id();
  if (id == 0 || id > UINT32_MAX) return 0;
  stem_length = sizeof prefix - 1;
  for (size_t i = 0; i < stem_length; i++) name[i] = prefix[i];
  stem_length += (size_t)print_number(name + stem_length, (long)id);
  name[stem_length++] = '-';
  name[stem_length + (size_t)print_number(name + stem_length, sys(getpid))] = '\0';
  return 1;
}

// Calls back for each cgroup that is directly below.
static void for_each_below(int folder, const char *directory_name, int depth,
                           void (*visit)(int directory, const char *name_below, int depth)) {
  const long directory = sys(openat, folder, directory_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  char entries[1024] __attribute__((aligned(8)));
  for (long length; (length = sys(getdents64, directory, entries, sizeof entries)) > 0;) {
    for (long offset = 0; offset < length;) {
      const struct directory_entry *entry = (const struct directory_entry *)(entries + offset);
      offset += entry->size;
      if (entry->type == DIRECTORY_TYPE && entry->name[0] != '.') visit((int)directory, entry->name, depth);
    }
  }
  sys(close, directory);
}

static long remove_with_those_below(int folder, const char *directory_name, int depth);

static void remove_below(int directory, const char *name_below, int depth) {
  remove_with_those_below(directory, name_below, depth - 1);
}

// A cgroup goes only when there is none below it, as programs make that have one delegated to them.
static long remove_with_those_below(int folder, const char *directory_name, int depth) {
  const long error = sys(unlinkat, folder, directory_name, AT_REMOVEDIR);
  if (error != -EBUSY || depth == 0) return error;
  for_each_below(folder, directory_name, depth, remove_below);
  return sys(unlinkat, folder, directory_name, AT_REMOVEDIR);
}

// Of a supervisor that is dead. One of another PID namespace may have any number.
static int is_stale(const char *other) {
  for (size_t i = 0; i < stem_length; i++)
    if (other[i] != name[i]) return 0;
  const char *digits = other + stem_length;
  const long pid = parse_number(digits, (long)text_length(digits));
  return pid > 0 && (pid == sys(getpid) || sys(kill, pid, 0) == -ESRCH);
}

// What supervisors left that were killed together with their Node: by PDEATHSIG in the middle of a set-up, for instance. What is still
// on its way out now is for the next one.
static void end_if_stale(int folder, const char *other, int depth) {
  if (!is_stale(other)) return;
  const long directory = sys(openat, folder, other, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  kill_cgroup((int)directory);
  sys(close, directory);
  remove_with_those_below(folder, other, depth);
}

int make_cgroup(void) {
  char path[1024];
  // A process of another cgroup namespace sees ".." there: it has no business above its root.
  if (!read_own_path(path, sizeof path) || has_parent_steps(path)) return -1;
  const int root = open_root();
  if (root < 0) return -1;
  parent = (int)sys(openat, root, path[1] == '\0' ? "." : path + 1, O_PATH | O_DIRECTORY | O_CLOEXEC);
  sys(close, root);
  if (parent < 0 || !make_name()) return -1;
  for_each_below(parent, ".", DEPTH_MAX, end_if_stale);
  if (sys(mkdirat, parent, name, 0755) < 0) return -1;
  const long cgroup = sys(openat, parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  // Linux 5.14
  const long kill_file = cgroup < 0 ? cgroup : sys(openat, cgroup, "cgroup.kill", O_WRONLY | O_CLOEXEC);
  if (kill_file >= 0) {
    sys(close, kill_file);
    return (int)cgroup;
  }
  if (cgroup >= 0) sys(close, cgroup);
  remove_cgroup();
  return -1;
}

void kill_cgroup(int cgroup) {
  const long file = sys(openat, cgroup, "cgroup.kill", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  sys(write, file, "1", 1);
  sys(close, file);
}

// Its processes are reaped by now; a few may still be on their way out, when they are somebody else's children.
void remove_cgroup(void) {
  for (int attempt = 0; attempt < 50; attempt++) {
    if (remove_with_those_below(parent, name, DEPTH_MAX) != -EBUSY) return;
    const long pause[2] = {0, 1000000};
    sys(nanosleep, pause, 0);
  }
}
