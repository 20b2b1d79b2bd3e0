// Ends what a command leaves behind if there is no PID namespace. As a child subreaper, nsinit becomes the parent of every orphan. It kills
// its children until it has none.

#include "../protocol/decimal.h"
#include "kernel.h"
#include "nsinit.h"

// Called before any mount, while /proc is still Node's. Returns -ENOENT as well if /proc shows another PID namespace than nsinit's, because
// its numbers would belong to other processes.
int open_children_file(void) {
  char self[16];
  const long length = sys(readlinkat, AT_FDCWD, "/proc/self", self, sizeof self);
  if (length < 0) return (int)length;
  const long own = sys(getpid);
  if (own < 0) return (int)own;
  if (parse_number(self, length) != own) return -ENOENT;
  return (int)sys(openat, AT_FDCWD, "/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
}

// The file contains numbers, each followed by a blank.
int signal_children(int file, int signal) {
  char text[4096];
  int signalled = 0;
  long pid = 0;
  for (long offset = 0;;) {
    const long length = sys(pread64, file, text, sizeof text, offset);
    if (length <= 0) return signalled;
    for (long i = 0; i < length; i++) {
      if (text[i] >= '0' && text[i] <= '9') {
        pid = pid * 10 + (text[i] - '0');
      } else if (pid != 0) {
        // A seccomp filter may refuse kill and allow tgkill. The kernel checks the same permissions for both.
        if (sys(kill, pid, signal) == 0 || sys(tgkill, pid, pid, signal) == 0) signalled++;
        pid = 0;
      }
    }
    offset += length;
  }
}

// Reaps a child that has ended, or waits for the end of one. Returns how many waits have been in vain in succession.
static int await_death(int pauses) {
  const uint64_t child_signal = UINT64_C(1) << (SIGCHLD - 1);
  const struct __kernel_timespec pause = to_timespec(100 * NS_PER_MS);
  if (sys(wait4, -1, 0, WNOHANG | __WALL, 0) > 0) return 0;
  // The signal is blocked, as all signals are. It is pending if a child has ended meanwhile.
  return sys(rt_sigtimedwait, &child_signal, 0, &pause, sizeof child_signal) < 0 ? pauses + 1 : pauses;
}

// Each round kills one generation, whose children then become nsinit's. nsinit does not wait for a child that it may not signal (one that
// runs as another user, after a set-user-ID program). It waits two seconds for a killed child that it cannot reap, because another process
// traces it.
void kill_descendants(int children_file) {
  if (children_file < 0) return;
  for (int pauses = 0; pauses < 20 && signal_children(children_file, SIGKILL) > 0;) pauses = await_death(pauses);
  while (sys(wait4, -1, 0, WNOHANG | __WALL, 0) > 0) continue;
}

void kill_namespace(void) {
  if (sys(getpid) != 1) return;  // for any other process, -1 would mean all processes of the machine
  // One call reaches all processes, including zombies. It fails if no process is left that nsinit may signal.
  for (int pauses = 0; pauses < 20 && sys(kill, -1, SIGKILL) == 0;) {
    while (sys(wait4, -1, 0, WNOHANG | __WALL, 0) > 0) pauses = 0;
    if (sys(kill, -1, 0) == 0) pauses = await_death(pauses);
  }
  while (sys(wait4, -1, 0, WNOHANG | __WALL, 0) > 0) continue;
}
