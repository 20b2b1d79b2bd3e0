// Receives nsinit's reports, on the reactor's thread. If a process has taken nsinit over, it can send anything. A report that is not
// allowed ends nsinit, and no report makes Node do more than inform JavaScript.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "launch/channel_slots.h"
#include "launch/nsinit.h"
#include "launch/room.h"
#include "launch/send_plan.h"
#include "launch/stacks.h"
#include "protocol/backoff.h"
#include "protocol/compatibility.h"

namespace namespawn {

void Nsinit::Deliver(int32_t kind, std::vector<double> numbers) {
  if (environment_ == nullptr) return;
  auto event = std::make_unique<Event>();
  event->id = id_;
  event->kind = kind;
  event->numbers = std::move(numbers);
  environment_->Deliver(std::move(event));
}

// Reports the failure of a step that Node takes.
void Nsinit::DeliverFailure(uint32_t command, int step, const FailedCall &failed) {
  Deliver(NSINIT_REPORT_FAILED, {static_cast<double>(command), NSINIT_STAGE_NODE, static_cast<double>(step),
                                 static_cast<double>(-failed.error), static_cast<double>(failed.syscall_number)});
}

void Nsinit::HandleEvent(uint32_t which) {
  ReadReports();
  SendQueued();
  if (which == kPidfd) Reap();
}

void Nsinit::HandleTick() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    siginfo_t info = {};
    const int peek = WSTOPPED | WNOHANG | WNOWAIT | __WALL;
    if (!pidfd_ || waitid(WAIT_FOR_PIDFD, static_cast<id_t>(pidfd_.get()), &info, peek) < 0 || info.si_pid == 0) return;
  }
  Wake();
}

// Releases the child's stack and its end of the channel once the child has left Node's memory: the kernel clears the word at its exec or
// exit.
void Nsinit::ReleaseMemory() {
  if (child_ == nullptr || __atomic_load_n(&child_->is_in_our_memory, __ATOMIC_ACQUIRE) != 0) return;
  CloseChannelSlot(child_->channel);
  GiveStackBack(child_->stack);
  delete child_;
  child_ = nullptr;
}

bool Nsinit::ReleaseChild() {
  for (int attempt = 0; attempt < 100; attempt++) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (child_ == nullptr) return attempt > 0;
      ReleaseMemory();
      if (child_ == nullptr) return true;
    }
    // The exec takes some microseconds.
    usleep(100);
  }
  return false;
}

void Nsinit::ReadReports() {
  // All attempts together take a second, because other nsinits wait for this thread as well.
  static constexpr int kRetriesMax = 10;
  for (int attempt = 0;; attempt++) {
    const int error = ReadAllReports();
    if (error == 0) return;
    if (attempt < kRetriesMax && lacks_memory(-error)) {
      const timespec pause = {0, backoff_ns(attempt)};
      nanosleep(&pause, nullptr);
      continue;
    }
    // Node cannot receive reports of this nsinit any more, so it ends nsinit and reports the reason.
    DeliverFailure(0, NSINIT_NODE_RECEIVE, {error, SYS_recvmsg});
    RequestEnd(0);
    CloseAndKillInit();
    return;
  }
}

// Returns 0, or the negative errno if the kernel refuses to deliver reports.
int Nsinit::ReadAllReports() {
  for (;;) {
    nsinit_report report;
    pid_t sender = 0;
    ssize_t length;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ReleaseMemory();
      if (!channel_) return 0;
      iovec part = {&report, sizeof report};
      // There is only room for credentials, so the kernel discards descriptors that a process inside sends.
      alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))];
      msghdr message = {};
      message.msg_iov = &part;
      message.msg_iovlen = 1;
      message.msg_control = control;
      message.msg_controllen = sizeof control;
      length = recvmsg(channel_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC | MSG_TRUNC);
      if (length < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
      // nsinit has ended before it had read everything that was sent to it, for example a signal. The kernel reports this once, before it
      // delivers nsinit's last reports.
      if (length < 0 && errno == ECONNRESET) continue;
      if (length < 0) return -errno;
      if (length == 0) {
        // The other end is closed. The pidfd becomes readable next.
        Unwatch(channel_key_);
        channel_.reset();
        return 0;
      }
      const cmsghdr *header = CMSG_FIRSTHDR(&message);
      if (header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_CREDENTIALS)
        sender = reinterpret_cast<const ucred *>(CMSG_DATA(header))->pid;
    }
    if (length == sizeof report && HandleReport(report, sender)) continue;
    EndForProtocolError();
    return 0;
  }
}

// Returns whether nsinit may send this report now.
bool Nsinit::HandleReport(const nsinit_report &report, pid_t sender) {
  std::vector<double> numbers;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!DecodeReport(report, sender, &expected_, &numbers)) return false;
  }
  if (report.type == NSINIT_REPORT_MAPS_WANTED) {
    WriteMaps();
    return true;
  }
  Deliver(static_cast<int32_t>(report.type), std::move(numbers));
  // An init ends by itself when its command has ended. One that was taken over might not.
  if (report.type == NSINIT_REPORT_EXITED && expected_.is_init && !outlives_command_) Signal(SIGKILL);
  return true;
}

void Nsinit::EndForProtocolError() {
  CloseAndKill();
  Deliver(NSINIT_REPORT_FAILED, {0, NSINIT_STAGE_PROTOCOL, 0, EPROTO, -1});
}

// Writes the id maps in the order that the kernel requires. The directory of nsinit cannot become that of another process: it is opened by
// the PID, and then the pidfd shows that nsinit has not been reaped meanwhile. Only Node reaps it.
FailedCall Nsinit::WriteMapFiles(int *step) {
  *step = NSINIT_NODE_UID_MAP;
  char path[32];
  snprintf(path, sizeof path, "/proc/%d", static_cast<int>(expected_.nsinit_pid));
  const UniqueFd directory(WithRoom([&] { return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC); }));
  if (!directory) return FailedCall::Now(SYS_openat);
  if (const int error = Signal(0)) return {error, SYS_pidfd_send_signal};
  const struct {
    const char *name;
    const std::string &text;
    int step;
    bool is_left;
  } files[] = {{"setgroups", maps_.setgroups, NSINIT_NODE_SETGROUPS, false},
               {"gid_map", maps_.gid_map, NSINIT_NODE_GID_MAP, maps_.IsLeft("gid")},
               {"uid_map", maps_.uid_map, NSINIT_NODE_UID_MAP, maps_.IsLeft("uid")}};
  for (const auto &file : files) {
    if (file.text.empty() || file.is_left) continue;
    *step = file.step;
    const UniqueFd fd(WithRoom([&] { return openat(directory.get(), file.name, O_WRONLY | O_CLOEXEC); }));
    if (!fd) return FailedCall::Now(SYS_openat);
    if (write(fd.get(), file.text.data(), file.text.size()) < 0) return FailedCall::Now(SYS_write);
  }
  return {};
}

void Nsinit::WriteMaps() {
  int step;
  FailedCall failed = WriteMapFiles(&step);
  if (!failed && (maps_.IsLeft("uid") || maps_.IsLeft("gid"))) {
    Deliver(NSINIT_REPORT_MAPS_WANTED, {0});
    return;
  }
  if (!failed) {
    failed = Send(MakeFrame(NSINIT_FRAME_GO_ON));
    // If there is no channel, nsinit has ended, which is reported.
    if (!failed || failed.error == -ESRCH) return;
  }
  DeliverFailure(0, step, failed);
  CloseAndKill();
}

}  // namespace namespawn
