// What /proc tells of nsinit's own namespaces.
#include <asm/stat.h>
#include <linux/sched.h>

#include "kernel.h"
#include "nsinit.h"

void note_namespaces(uint64_t mask, uint64_t *ids) {
#define PATH_OF(name, flag) {"/proc/self/ns/" #name, flag},
  static const struct {
    char path[32];
    uint64_t flag;
  } namespaces[NSINIT_NAMESPACE_COUNT] = {NSINIT_NAMESPACES(PATH_OF)};
#undef PATH_OF
  for (int i = 0; i < NSINIT_NAMESPACE_COUNT; i++) {
    if ((mask & namespaces[i].flag) == 0) continue;
    // A time namespace is entered by the next exec or the next child.
    const char *path = namespaces[i].flag == CLONE_NEWTIME ? "/proc/self/ns/time_for_children" : namespaces[i].path;
    struct stat status;
    if (sys(newfstatat, AT_FDCWD, path, &status, 0) == 0) ids[i] = status.st_ino;
  }
}

static const char last_pid_file[] = "/proc/sys/kernel/ns_last_pid";

// Of the PID namespace of whoever reads it, whichever the /proc shows.
long read_last_pid(void) {
  const long file = sys(openat, AT_FDCWD, last_pid_file, O_RDONLY | O_CLOEXEC);
  if (file < 0) return file;
  char text[16];
  const long length = sys(read, file, text, sizeof text);
  sys(close, file);
  return length < 0 ? length : parse_number(text, length);
}

long write_last_pid(int pid) {
  const long file = sys(openat, AT_FDCWD, last_pid_file, O_WRONLY | O_CLOEXEC);
  if (file < 0) return file;
  char text[16];
  const long written = sys(write, file, text, print_number(text, pid));
  sys(close, file);
  return written < 0 ? written : pid;
}
