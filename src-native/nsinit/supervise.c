// Without a PID namespace nothing ends what a command leaves behind but nsinit itself: as a child subreaper it inherits
// every orphan, and kills its children until it has none.
#include <linux/time_types.h>

#include "../protocol/decimal.h"
#include "../protocol/directory_entry.h"
#include "kernel.h"
#include "nsinit.h"

// Which number /proc has for nsinit. Two ways: only where both are missing is /proc taken to be.
static long number_in_proc(void) {
  char text[16];
  long length = sys(readlinkat, AT_FDCWD, "/proc/self", text, sizeof text);
  if (length == -ENOENT) {
    const long file = sys(openat, AT_FDCWD, "/proc/self/stat", O_RDONLY | O_CLOEXEC);
    if (file < 0) return file;
    length = sys(read, file, text, sizeof text);
    sys(close, file);
  }
  return length < 0 ? length : parse_number(text, length);
}

// Before any mount, while /proc is still Node's. -ENOENT also where it shows another PID namespace than nsinit's: its numbers would be
// somebody else's processes.
long find_children(void) {
  const long shown = number_in_proc();
  if (shown < 0) return shown;
  const long own = sys(getpid);
  if (own < 0) return own;
  if (shown != own) return -ENOENT;
  state.children_file = (int)sys(openat, AT_FDCWD, "/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (state.children_file >= 0) return 0;
  // A kernel without CONFIG_PROC_CHILDREN has no such file. Every process says whose child it is.
  state.processes = (int)sys(openat, AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return state.processes < 0 ? state.processes : 0;
}

// A filter may refuse pread and not know of read.
static long read_at(int file, char *text, size_t size, long offset) {
  const long length = sys(pread64, file, text, size, offset);
  if (length >= 0) return length;
  const long moved = sys(lseek, file, offset, 0);
  return moved < 0 ? moved : sys(read, file, text, size);
}

// The file is a list of numbers, each with a blank behind it.
static int signal_listed(int file, int signal) {
  char text[4096];
  int signalled = 0;
  long pid = 0;
  for (long offset = 0;;) {
    const long length = read_at(file, text, sizeof text, offset);
    if (length <= 0) return signalled;
    for (long i = 0; i < length; i++) {
      if (text[i] >= '0' && text[i] <= '9') {
        pid = pid * 10 + (text[i] - '0');
      } else if (pid != 0) {
        if (send_signal((int)pid, signal) == 0) signalled++;
        pid = 0;
      }
    }
    offset += length;
  }
}

// By /proc/PID/stat: "PID (name) S PARENT ...", where the name may have any character.
static long parent_of(int processes, long pid) {
  char path[32], text[128];
  const char rest[] = "/stat";
  const long digits = print_number(path, pid);
  for (size_t i = 0; i < sizeof rest; i++) path[(size_t)digits + i] = rest[i];
  const long file = sys(openat, processes, path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return file;
  const long length = sys(read, file, text, sizeof text);
  sys(close, file);
  long parent_at = length;
  for (long i = 0; i < length; i++)
    if (text[i] == ')') parent_at = i + 4;
  return parent_at < length ? parse_number(text + parent_at, length - parent_at) : -EIO;
}

static int signal_found(int processes, int signal) {
  const long own = sys(getpid);
  char entries[1024] __attribute__((aligned(8)));
  int signalled = 0;
  sys(lseek, processes, 0, 0);
  for (long length; (length = sys(getdents64, processes, entries, sizeof entries)) > 0;) {
    for (long offset = 0; offset < length;) {
      const struct directory_entry *entry = (const struct directory_entry *)(entries + offset);
      offset += entry->size;
      const long pid = parse_number(entry->name, (long)text_length(entry->name));
      // Nobody but nsinit reaps its children: the number is still the same one's.
      if (pid > 0 && parent_of(processes, pid) == own && send_signal((int)pid, signal) == 0) signalled++;
    }
  }
  return signalled;
}

int signal_children(int signal) {
  if (state.children_file >= 0) return signal_listed(state.children_file, signal);
  return state.processes >= 0 ? signal_found(state.processes, signal) : 0;
}

// Zombies are listed as children are: reaping one a round would take time by the square of their number. Not without end either: what
// still runs makes new ones.
static int reap_some(void) {
  int reaped = 0;
  while (reaped < 1024 && sys(wait4, -1, 0, WNOHANG | WALL, 0) > 0) reaped++;
  return reaped;
}

// Each round ends one generation: its children become nsinit's own. A child that may not be signalled (another user's, after a
// set-user-ID program) is not waited for, and one that is killed and does not become nsinit's to reap, since another process traces it,
// for two seconds.
void kill_descendants(void) {
  const uint64_t child_signal = UINT64_C(1) << (SIGCHLD - 1);
  const struct __kernel_timespec pause = {0, 100000000};
  for (int pauses = 0; pauses < 20 && signal_children(SIGKILL) > 0;) {
    if (reap_some()) pauses = 0;
    // Blocked, as every signal, and pending where a child has died since.
    else if (sys(rt_sigtimedwait, &child_signal, 0, &pause, sizeof child_signal) < 0)
      pauses++;
  }
  reap_some();
}
