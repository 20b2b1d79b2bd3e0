// What nsinit says, read on the reactor's thread. A namespace whose init was taken over can say anything: a report that
// does not fit ends the launch, and none of them makes Node do more than tell JavaScript.
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

// In a step on Node's side; `error` is the negative errno.
void Nsinit::DeliverFailure(uint32_t command, int step, int error, int syscall_number) {
  Deliver(NSINIT_REPORT_FAILED, {static_cast<double>(command), NSINIT_STAGE_NODE, static_cast<double>(step),
                                 static_cast<double>(-error), static_cast<double>(syscall_number)});
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

// Gives back what the child used of Node's, once it has left: the kernel clears the word at its exec or exit.
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
    // Its exec is a matter of microseconds.
    usleep(100);
  }
  return false;
}

void Nsinit::ReadReports() {
  // A second in all, because other nsinits wait for this thread, too.
  static constexpr int kRetriesMax = 10;
  for (int attempt = 0;; attempt++) {
    const int error = ReadAllReports();
    if (error == 0) return;
    if (attempt < kRetriesMax && lacks_memory(-error)) {
      const timespec pause = {0, backoff_ns(attempt)};
      nanosleep(&pause, nullptr);
      continue;
    }
    // What nsinit says cannot be heard. So it must not go on, and somebody has to say why.
    DeliverFailure(0, NSINIT_NODE_RECEIVE, error, SYS_recvmsg);
    RequestEnd(0);
    CloseAndKillInit();
    return;
  }
}

// Answers 0, or the negative errno where the kernel refuses to tell.
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
      // Room for credentials and no more: descriptors that the inside sends are dropped by the kernel.
      alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))];
      msghdr message = {};
      message.msg_iov = &part;
      message.msg_iovlen = 1;
      message.msg_control = control;
      message.msg_controllen = sizeof control;
      length = recvmsg(channel_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC | MSG_TRUNC);
      if (length < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
      // nsinit left without having read all that was sent to it, a signal for instance. The kernel says so once, and before it hands
      // out what nsinit said last.
      if (length < 0 && errno == ECONNRESET) continue;
      if (length < 0) return -errno;
      if (length == 0) {
        // The other end is closed. The exit follows.
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

// Whether the report makes sense at this moment.
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
  // An init that has nothing left to do leaves by itself. One that was taken over might not.
  if (report.type == NSINIT_REPORT_EXITED && expected_.is_init && !is_sandbox_) Signal(SIGKILL);
  return true;
}

void Nsinit::EndForProtocolError() {
  CloseAndKill();
  Deliver(NSINIT_REPORT_FAILED, {0, NSINIT_STAGE_PROTOCOL, 0, EPROTO, -1});
}

// Through a directory that cannot become another process's: opened by number, then the pidfd says that the number was
// still its own (nobody else reaps it).
void Nsinit::WriteMaps() {
  char path[32];
  snprintf(path, sizeof path, "/proc/%d", static_cast<int>(expected_.nsinit_pid));
  const UniqueFd directory(WithRoom([&] { return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC); }));
  int error = directory ? 0 : -errno;
  int step = NSINIT_NODE_UID_MAP, number = SYS_openat;
  if (error == 0) error = Signal(0);
  const struct {
    const char *name;
    const std::string &text;
    int step;
    bool is_left;
  } files[] = {{"setgroups", maps_.setgroups, NSINIT_NODE_SETGROUPS, false},
               {"gid_map", maps_.gid_map, NSINIT_NODE_GID_MAP, maps_.IsLeft("gid")},
               {"uid_map", maps_.uid_map, NSINIT_NODE_UID_MAP, maps_.IsLeft("uid")}};
  for (const auto &file : files) {
    if (error < 0 || file.text.empty() || file.is_left) continue;
    step = file.step;
    number = SYS_openat;
    const UniqueFd fd(WithRoom([&] { return openat(directory.get(), file.name, O_WRONLY | O_CLOEXEC); }));
    if (fd) number = SYS_write;
    if (!fd || write(fd.get(), file.text.data(), file.text.size()) < 0) error = -errno;
  }
  if (error == 0 && (maps_.IsLeft("uid") || maps_.IsLeft("gid"))) {
    Deliver(NSINIT_REPORT_MAPS_WANTED, {0});
    return;
  }
  if (error == 0) {
    number = SYS_sendmsg;
    error = Send(MakeFrame(NSINIT_FRAME_MAPS_WRITTEN));
    if (error == 0 || error == -ESRCH) return;
  }
  DeliverFailure(0, step, error, number);
  CloseAndKill();
}

}  // namespace namespawn
