// The ways to end an nsinit, whatever state it is in.
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "launch/nsinit.h"
#include "launch/room.h"
#include "launch/send_plan.h"

namespace namespawn {

int Nsinit::Signal(int signal) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!pidfd_) return -ESRCH;
  return syscall(SYS_pidfd_send_signal, pidfd_.get(), signal, nullptr, 0) < 0 ? -errno : 0;
}

void Nsinit::Wake() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!pidfd_ || expected_.is_init) return;
  siginfo_t info = {};
  info.si_signo = SIGCONT;
  info.si_code = SI_QUEUE;
  info.si_value.sival_int = NSINIT_WAKE;
  syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGCONT, &info, 0);
}

bool Nsinit::HasUnread() {
  std::lock_guard<std::mutex> lock(mutex_);
  int unread = 0;
  return channel_ && (!queue_.empty() || (ioctl(channel_.get(), SIOCOUTQ, &unread) == 0 && unread > 0));
}

void Nsinit::CloseChannel() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!channel_) return;
  Unwatch(channel_key_);
  channel_.reset();
}

void Nsinit::CloseAndKill() {
  CloseChannel();
  Signal(SIGKILL);
}

void Nsinit::CloseAndKillInit() {
  if (expected_.is_init)
    CloseAndKill();
  else
    CloseChannel();
}

void Nsinit::EndWithNode() {
  if (!survives_node_) CloseAndKillInit();
}

// Whether a supervisor is stopped, traced, or in a system call that does not return. A command without a PID namespace of its own can cause
// that. The PID still belongs to the supervisor, because only Node reaps it.
static bool IsHalted(pid_t pid) {
  const UniqueFd file(open(("/proc/" + std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
  char text[64];
  const ssize_t length = file ? read(file.get(), text, sizeof text - 1) : 0;
  if (length <= 0) return false;
  text[length] = '\0';
  const char *state = strrchr(text, ')');  // "PID (nsinit) S ..."
  return state != nullptr && strchr("TtD", state[2]) != nullptr;
}

void Nsinit::RequestEnd(int attempt) {
  static constexpr int kPatience = 4;
  const bool is_requested = attempt > 0 || !Send(MakeFrame(NSINIT_FRAME_SHUTDOWN));
  if (!survives_node_ && (!is_requested || attempt >= kPatience)) CloseChannel();
  Wake();
}

int Nsinit::Kill(int attempt) {
  // When an init ends, its PID namespace ends with it. A supervisor has to end the processes of its command itself, so it is killed only if
  // it does not do that.
  if (!expected_.is_init) {
    static constexpr int kHaltsMax = 2, kPatience = 8;
    halts_ = attempt > 0 && IsHalted(expected_.nsinit_pid) ? halts_ + 1 : 0;
    if (halts_ <= kHaltsMax && attempt < kPatience) {
      const int is_there = Signal(0);
      if (is_there != -ESRCH) RequestEnd(attempt);
      return is_there;
    }
  }
  // The kernel refuses this if the program has dropped its privileges since, or if a seccomp filter forbids the call.
  const int killed = Signal(SIGKILL);
  if (killed < 0 && killed != -ESRCH) RequestEnd(attempt);
  return killed;
}

}  // namespace namespawn
