#include "seccomp/listener.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "seccomp/caller.h"
#include "stdio/receive_descriptor.h"

namespace namespawn {

namespace {

enum Watched : uint32_t { kSocket, kListener };

// Whatever has taken an nsinit over could send any file, of which an ioctl may block.
bool IsListener(int fd) {
  char target[32];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t length = readlink(link.c_str(), target, sizeof target);
  return length > 0 && std::string(target, static_cast<size_t>(length)) == "anon_inode:seccomp notify";
}

// Returns the listener. It is none if none was sent, because the command was not executed, or if something has failed.
UniqueFd ReceiveListenerFrom(int socket, FailedCall *failed) {
  UniqueFd listener = ReceiveDescriptor(socket, failed);
  if (!listener || IsListener(listener.get())) return listener;
  *failed = {-EPROTO, SYS_recvmsg};
  return {};
}

// A number of 64 bits as two that a double represents exactly.
void Append(std::vector<double> *numbers, uint64_t value) {
  numbers->push_back(static_cast<double>(value & 0xffffffff));
  numbers->push_back(static_cast<double>(value >> 32));
}

}  // namespace

void SeccompListener::Start(std::shared_ptr<Watcher> self) {
  std::lock_guard<std::mutex> lock(mutex_);
  self_ = self;
  key_ = Watch(socket_.get(), std::move(self), kSocket);
}

void SeccompListener::Close() {
  std::lock_guard<std::mutex> lock(mutex_);
  // The watch ends first, because the number of a closed descriptor may belong to another file.
  if (key_ != 0) Unwatch(key_);
  key_ = 0;
  socket_.reset();
  listener_.reset();
}

void SeccompListener::End(const FailedCall &failed) {
  Close();
  Deliver(Event::kListenerEnded, {static_cast<double>(failed.error), static_cast<double>(failed.syscall_number)});
}

void SeccompListener::Deliver(int32_t kind, std::vector<double> numbers) {
  auto event = std::make_unique<Event>();
  event->id = id_;
  event->kind = kind;
  event->numbers = std::move(numbers);
  environment_->Deliver(std::move(event));
}

void SeccompListener::Forbid(const SeccompNotification &call) {
  const Caller caller = OpenCaller(static_cast<pid_t>(call.pid));
  // Otherwise the process has been killed, and its PID may belong to another one.
  if (IsWaiting(call.id) < 0) return;
  const bool is_visible = static_cast<bool>(caller.pidfd);
  // The report comes before that of the end, so it is sent before the process is killed.
  Deliver(Event::kForbidden, {static_cast<double>(call.data.number), static_cast<double>(caller.pid)});
  // The call never gets a response, and so is not carried out either, until the kernel ends the process.
  if (is_visible && syscall(SYS_pidfd_send_signal, caller.pidfd.get(), SIGKILL, nullptr, 0) == 0) return;
  // Node may have dropped its privileges. Then the command is ended by nsinit.
  Deliver(Event::kForbidden, {static_cast<double>(call.data.number), -1});
}

void SeccompListener::HandleEvent(uint32_t which) {
  if (which == kSocket)
    ReceiveListener();
  else
    ReceiveCall();
}

void SeccompListener::ReceiveListener() {
  FailedCall failed;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!socket_) return;
    listener_ = ReceiveListenerFrom(socket_.get(), &failed);
    Unwatch(key_);
    key_ = 0;
    socket_.reset();
    const auto self = self_.lock();
    if (listener_ && self != nullptr) {
      key_ = Watch(listener_.get(), self, kListener);
      return;
    }
  }
  End(failed);
}

void SeccompListener::ReceiveCall() {
  SeccompNotification call = {};
  FailedCall failed;
  bool is_over = false, is_forbidden = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!listener_) return;
    pollfd look = {listener_.get(), POLLIN, 0};
    const int count = poll(&look, 1, 0);
    if (count < 0 && errno != EINTR) failed = FailedCall::Now(SYS_ppoll);
    if (count > 0) is_over = (look.revents & POLLIN) == 0 && (look.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
    if (!failed && !is_over) {
      if (count <= 0 || (look.revents & POLLIN) == 0 || handled_ >= kHandledMax) return;
      // This does not block: there is a call, and nobody else has the listener. The process may have been killed meanwhile (ENOENT).
      if (ioctl(listener_.get(), kReceiveNotification, &call) < 0) {
        if (errno == ENOENT || errno == EINTR) return;
        failed = FailedCall::Now(SYS_ioctl);
      } else {
        is_forbidden = !killing_.empty() && IsForbidden(killing_, call.data);
        if (!is_forbidden && ++handled_ == kHandledMax) WatchInput(key_, false);
      }
    }
  }
  if (failed || is_over) {
    End(failed);
    return;
  }
  if (is_forbidden) {
    Forbid(call);
    return;
  }
  std::vector<double> numbers;
  Append(&numbers, call.id);
  numbers.push_back(call.pid);
  numbers.push_back(call.data.number);
  numbers.push_back(call.data.architecture);
  for (const uint64_t argument : call.data.arguments) Append(&numbers, argument);
  Deliver(Event::kSyscall, std::move(numbers));
}

int SeccompListener::Control(unsigned long request, void *record) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!listener_) return -ENOENT;
  const int result = ioctl(listener_.get(), request, record);
  return result < 0 ? -errno : result;
}

int SeccompListener::Respond(uint64_t call, int64_t value, int32_t error) {
  SeccompResponse response = {call, value, error, 0};
  return Control(kSendResponse, &response);
}

int SeccompListener::RespondWithDescriptor(uint64_t call, int fd, uint32_t flags) {
  SeccompDescriptor descriptor = {call, kRespondWithDescriptor, static_cast<uint32_t>(fd), 0, flags};
  int result = Control(kAddDescriptor, &descriptor);
  if (result == -EINVAL) {
    // Before Linux 5.14 these are two steps.
    descriptor.flags = 0;
    result = Control(kAddDescriptor, &descriptor);
    if (result >= 0) return Respond(call, result, 0);
  }
  return result < 0 ? result : 0;
}

int SeccompListener::IsWaiting(uint64_t call) { return Control(kIsWaiting, &call); }

void SeccompListener::Forget() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (handled_-- == kHandledMax && key_ != 0) WatchInput(key_, true);
}

}  // namespace namespawn
