// nsinit's own namespaces: their ids, and where its PID namespace counts.
#include <asm/stat.h>
#include <linux/ioctl.h>
#include <linux/sched.h>

#include "../protocol/compatibility.h"
#include "../protocol/decimal.h"
#include "kernel.h"
#include "nsinit.h"

static const struct {
  uint64_t flag;
  uint32_t request;
  char path[32];
} namespaces[NSINIT_NAMESPACE_COUNT] = {
    {CLONE_NEWCGROUP, NAMESPACE_OF_PIDFD(1), "/proc/self/ns/cgroup"},
    {CLONE_NEWIPC, NAMESPACE_OF_PIDFD(2), "/proc/self/ns/ipc"},
    {CLONE_NEWNS, NAMESPACE_OF_PIDFD(3), "/proc/self/ns/mnt"},
    {CLONE_NEWNET, NAMESPACE_OF_PIDFD(4), "/proc/self/ns/net"},
    {CLONE_NEWPID, NAMESPACE_OF_PIDFD(5), "/proc/self/ns/pid"},
    // Entered by the next exec or the next child.
    {CLONE_NEWTIME, NAMESPACE_OF_PIDFD(8), "/proc/self/ns/time_for_children"},
    {CLONE_NEWUSER, NAMESPACE_OF_PIDFD(9), "/proc/self/ns/user"},
    {CLONE_NEWUTS, NAMESPACE_OF_PIDFD(10), "/proc/self/ns/uts"},
};

void note_namespaces(uint64_t mask, uint64_t *ids) {
  // A system call takes 0.3 us here, and a look into a new /proc 10 to 20 (Linux 6.18). It also works where there is no /proc.
  const long self = sys(pidfd_open, sys(getpid), 0);
  for (int i = 0; i < NSINIT_NAMESPACE_COUNT; i++) {
    if ((mask & namespaces[i].flag) == 0) continue;
    struct stat status;
    const long file = self < 0 ? self : sys(ioctl, self, namespaces[i].request, 0);
    const long error = file < 0 ? sys(newfstatat, AT_FDCWD, namespaces[i].path, &status, 0) : sys(fstat, file, &status);
    if (error == 0) ids[i] = status.st_ino;
    if (file >= 0) sys(close, file);
  }
  if (self >= 0) sys(close, self);
}

uint64_t pid_namespace_id(void) {
  uint64_t ids[NSINIT_NAMESPACE_COUNT] = {0};
  note_namespaces(CLONE_NEWPID, ids);
  for (int i = 0; i < NSINIT_NAMESPACE_COUNT; i++)
    if (ids[i] != 0) return ids[i];
  return 0;
}

void copy_ids(uint64_t *to, const uint64_t *from) {
  for (int i = 0; i < NSINIT_NAMESPACE_COUNT; i++) to[i] = from[i];
}

static const char last_pid_file[] = "/proc/sys/kernel/ns_last_pid";
// Root of the inside may have mounted anything there, a FIFO for instance, and nsinit must not wait for it.
#define LAST_PID_FLAGS (O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

// Of the PID namespace of whoever reads it, whichever the /proc shows.
static long read_last_pid(void) {
  const long file = sys(openat, AT_FDCWD, last_pid_file, O_RDONLY | LAST_PID_FLAGS);
  if (file < 0) return file;
  char text[16];
  const long length = sys(read, file, text, sizeof text);
  sys(close, file);
  if (length < 0) return length;
  const long pid = parse_number(text, length);
  return pid > 0 ? pid : -EIO;
}

static long write_last_pid(int pid) {
  const long file = sys(openat, AT_FDCWD, last_pid_file, O_WRONLY | LAST_PID_FLAGS);
  if (file < 0) return file;
  char text[16];
  const long written = sys(write, file, text, print_number(text, pid));
  sys(close, file);
  return written < 0 ? written : pid;
}

void handle_last_pid_frame(const struct nsinit_frame *frame) {
  const int wanted = (int)frame->u.last_pid.pid;
  const long pid = wanted > 0 ? write_last_pid(wanted) : read_last_pid();
  const struct nsinit_report last_pid = {
      .type = NSINIT_REPORT_LAST_PID,
      .id = frame->id,
      .u.last_pid = {.pid = pid > 0 ? (int32_t)pid : 0, .error = pid < 0 ? (int32_t)-pid : 0},
  };
  report(&last_pid, 0);
}
