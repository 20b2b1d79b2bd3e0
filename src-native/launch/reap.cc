// The end of an nsinit. The reactor's thread takes its exit status and informs JavaScript.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <string>

#include "launch/channels.h"
#include "launch/nsinit.h"
#include "protocol/compatibility.h"
#include "protocol/supervised_cgroup.h"
#include "unique_fd.h"

namespace namespawn {

enum class End { kNotYet, kKnown, kUnknown };

// Takes the status of a child that may have ended.
static End TakeStatus(int pidfd, pid_t pid, siginfo_t *info) {
  int error;
  do {
    error = waitid(WAIT_FOR_PIDFD, static_cast<id_t>(pidfd), info, WEXITED | WNOHANG | __WALL) < 0 ? errno : 0;
  } while (error == EINTR);
  if (error == 0) return info->si_pid == 0 ? End::kNotYet : End::kKnown;
  // Another library has reaped the child by waitpid(-1).
  if (error == ECHILD) return End::kUnknown;
  // A seccomp filter refuses the call. The PID can be used instead, because it belongs to the child until the child is reaped.
  int status;
  const pid_t reaped = waitpid(pid, &status, WNOHANG | __WALL);
  if (reaped == 0) return End::kNotYet;
  if (reaped == pid) {
    info->si_code = WIFEXITED(status) ? CLD_EXITED : CLD_KILLED;
    info->si_status = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
    return End::kKnown;
  }
  pollfd look = {pidfd, POLLIN, 0};
  return poll(&look, 1, 0) == 0 ? End::kNotYet : End::kUnknown;
}

// Ends the processes in the cgroup of a supervisor that was killed, and removes the cgroup. The supervisor must not have been reaped,
// because its PID leads to them.
static void EndSupervisedCgroup(pid_t supervisor) {
  const UniqueFd pid_namespace(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
  struct stat status;
  if (!pid_namespace || fstat(pid_namespace.get(), &status) < 0) return;
  supervised_cgroup cgroup;
  const std::string file = "/proc/" + std::to_string(supervisor) + "/cgroup";
  if (locate_supervised_cgroup(&cgroup, file.c_str(), status.st_ino, supervisor) == 0) return;
  const UniqueFd parent(cgroup.parent);
  const UniqueFd directory(openat(parent.get(), cgroup.name, O_PATH | O_DIRECTORY | O_CLOEXEC));
  // The supervisor has created no cgroup, or has removed it.
  if (!directory || kill_cgroup(directory.get()) < 0) return;
  remove_killed_cgroup(parent.get(), cgroup.name);
}

void Nsinit::Reap() {
  siginfo_t info = {};
  if (has_cgroup_) {
    // A supervisor that exits has ended its cgroup, but may not be allowed to do that if it has joined a user namespace. The status of a
    // traced supervisor is not available to Node, and the tracer may be in the cgroup.
    const int peek = WEXITED | WNOHANG | WNOWAIT | __WALL;
    const bool is_known = waitid(WAIT_FOR_PIDFD, static_cast<id_t>(pidfd_.get()), &info, peek) == 0;
    if (is_known && (info.si_code != CLD_EXITED || expected_.joins)) EndSupervisedCgroup(expected_.nsinit_pid);
    info = {};
  }
  const End end = TakeStatus(pidfd_.get(), expected_.nsinit_pid, &info);
  if (end == End::kNotYet) return;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ReleaseMemory();
    Unwatch(pidfd_key_);
    pidfd_.reset();
    if (channel_) Unwatch(channel_key_);
    channel_.reset();
  }
  Unregister();
  // This comes before the report that nsinit has ended, so that the number of descriptors is the usual one again when JavaScript receives
  // it.
  PrepareChannels();
  Deliver(Event::kEnded,
          {static_cast<double>(end == End::kKnown ? info.si_code : 0), static_cast<double>(info.si_status)});
}

}  // namespace namespawn
