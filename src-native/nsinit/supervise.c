// Without a PID namespace nothing ends what a command leaves behind but nsinit itself: as a child subreaper it inherits
// every orphan, and kills its children until it has none.
#include <linux/time_types.h>

#include "../protocol/decimal.h"
#include "kernel.h"
#include "nsinit.h"

// Opened before any mount, while /proc is still Node's. -ENOENT also where it shows another PID namespace than nsinit's: its
// numbers would be somebody else's processes.
int open_children_file(void) {
  char self[16];
  const long length = sys(readlinkat, AT_FDCWD, "/proc/self", self, sizeof self);
  if (length < 0) return (int)length;
  const long own = sys(getpid);
  if (own < 0) return (int)own;
  if (parse_number(self, length) != own) return -ENOENT;
  return (int)sys(openat, AT_FDCWD, "/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
}

// The file is a list of numbers, each with a blank behind it.
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
        // A filter may refuse kill and not know of tgkill. The kernel asks both the same questions.
        if (sys(kill, pid, signal) == 0 || sys(tgkill, pid, pid, signal) == 0) signalled++;
        pid = 0;
      }
    }
    offset += length;
  }
}

// Takes a dead child, or waits for one. Answers how many waits were in vain so far.
static int await_death(int pauses) {
  const uint64_t child_signal = UINT64_C(1) << (SIGCHLD - 1);
  const struct __kernel_timespec pause = {0, 100000000};
  if (sys(wait4, -1, 0, WNOHANG | WALL, 0) > 0) return 0;
  // Blocked, as every signal, and pending where a child has died since.
  return sys(rt_sigtimedwait, &child_signal, 0, &pause, sizeof child_signal) < 0 ? pauses + 1 : pauses;
}

// Each round ends one generation: its children become nsinit's own. A child that may not be signalled (another user's, after a
// set-user-ID program) is not waited for, and one that is killed and does not become nsinit's to reap, since another process traces it,
// for two seconds.
void kill_descendants(int children_file) {
  if (children_file < 0) return;
  for (int pauses = 0; pauses < 20 && signal_children(children_file, SIGKILL) > 0;) pauses = await_death(pauses);
  while (sys(wait4, -1, 0, WNOHANG | WALL, 0) > 0) continue;
}

void kill_namespace(void) {
  if (sys(getpid) != 1) return;  // from any other process -1 would be the machine
  // One call reaches all, zombies as well. It fails where none is left that it may reach.
  for (int pauses = 0; pauses < 20 && sys(kill, -1, SIGKILL) == 0;) {
    while (sys(wait4, -1, 0, WNOHANG | WALL, 0) > 0) pauses = 0;
    if (sys(kill, -1, 0) == 0) pauses = await_death(pauses);
  }
  while (sys(wait4, -1, 0, WNOHANG | WALL, 0) > 0) continue;
}
