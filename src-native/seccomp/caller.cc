#include "seccomp/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "launch/room.h"

namespace namespawn {

static int OpenProcess(pid_t pid) {
  return WithRoom([&] { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); });
}

// Returns the process of a thread, or 0.
static pid_t ProcessOf(pid_t thread) {
  const std::string path = "/proc/" + std::to_string(thread) + "/status";
  const UniqueFd file(WithRoom([&] { return open(path.c_str(), O_RDONLY | O_CLOEXEC); }));
  char text[512];
  const ssize_t length = file ? read(file.get(), text, sizeof text - 1) : 0;
  if (length <= 0) return 0;
  text[length] = '\0';
  // The kernel escapes line feeds in the name of the process, which comes before.
  const char *line = strstr(text, "\nTgid:");
  return line == nullptr ? 0 : static_cast<pid_t>(atoi(line + strlen("\nTgid:")));
}

Caller OpenCaller(pid_t thread) {
  Caller caller{thread, UniqueFd(OpenProcess(thread))};
  // A thread that is not the first one of its process (ENOENT, and EINVAL before Linux 6.9).
  if (!caller.pidfd && (errno == EINVAL || errno == ENOENT)) {
    caller.pid = ProcessOf(thread);
    if (caller.pid > 0) caller.pidfd.reset(OpenProcess(caller.pid));
  }
  return caller;
}

}  // namespace namespawn
