// Ends what a command leaves behind if there is no PID namespace. As a child subreaper, nsinit becomes the parent of every orphan. It kills
// its children until it has none.

#include "../protocol/decimal.h"
#include "../protocol/directory_entry.h"
#include "kernel.h"
#include "nsinit.h"

// Returns nsinit's PID as /proc shows it. /proc is missing only if both files are.
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

// Called before any mount, while /proc is still Node's. Returns -ENOENT as well if /proc shows another PID namespace than nsinit's, because
// its numbers would belong to other processes.
long find_children(void) {
  const long shown = number_in_proc();
  if (shown < 0) return shown;
  const long own = sys(getpid);
  if (own < 0) return own;
  if (shown != own) return -ENOENT;
  state.children_file = (int)sys(openat, AT_FDCWD, "/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (state.children_file >= 0) return 0;
  // A kernel without CONFIG_PROC_CHILDREN has no such file. nsinit then reads the parent of every process.
  state.processes = (int)sys(openat, AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return state.processes < 0 ? state.processes : 0;
}

// A seccomp filter may refuse pread and allow read.
static long read_at(int file, char *text, size_t size, long offset) {
  const long length = sys(pread64, file, text, size, offset);
  if (length >= 0) return length;
  const long moved = sys(lseek, file, offset, 0);
  return moved < 0 ? moved : sys(read, file, text, size);
}

// The file contains numbers, each followed by a blank.
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

// Reads /proc/PID/stat: "PID (name) S PARENT ...". The name may contain any character.
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
      // Only nsinit reaps its children, so the PID is still that of the same process.
      if (pid > 0 && parent_of(processes, pid) == own && send_signal((int)pid, signal) == 0) signalled++;
    }
  }
  return signalled;
}

int signal_children(int signal) {
  if (state.children_file >= 0) return signal_listed(state.children_file, signal);
  return state.processes >= 0 ? signal_found(state.processes, signal) : 0;
}

// Zombies are children as well. If each round reaped only one, the time would grow with the square of their number. The processes that
// still run make new ones, so the number is limited.
static int reap_some(void) {
  int reaped = 0;
  while (reaped < 1024 && sys(wait4, -1, 0, WNOHANG | __WALL, 0) > 0) reaped++;
  return reaped;
}

// Reaps children that have ended, or waits for one. Returns how many waits have been in vain in succession.
static int await_death(int pauses) {
  const uint64_t child_signal = UINT64_C(1) << (SIGCHLD - 1);
  const struct __kernel_timespec pause = to_timespec(100 * NS_PER_MS);
  if (reap_some() > 0) return 0;
  // The signal is blocked, as all signals are. It is pending if a child has ended meanwhile.
  return sys(rt_sigtimedwait, &child_signal, 0, &pause, sizeof child_signal) < 0 ? pauses + 1 : pauses;
}

// Each round kills one generation, whose children then become nsinit's. nsinit does not wait for a child that it may not signal (one that
// runs as another user, after a set-user-ID program). It waits two seconds for a killed child that it cannot reap, because another process
// traces it.
void kill_descendants(void) {
  for (int pauses = 0; pauses < 20 && signal_children(SIGKILL) > 0;) pauses = await_death(pauses);
  reap_some();
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
