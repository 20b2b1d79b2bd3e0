#include "seccomp/listener.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <string>

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

// Returns nothing if another file, or none, was sent.
UniqueFd ReceiveDescriptor(int socket) {
  char byte;
  iovec part = {&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  // CMSG_SPACE would leave room for two descriptors, and the second one would stay open.
  message.msg_controllen = CMSG_LEN(sizeof(int));
  if (recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) <= 0) return {};
  const cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return {};
  int received;
  memcpy(&received, CMSG_DATA(header), sizeof received);
  UniqueFd listener(received);
  return IsListener(received) ? std::move(listener) : UniqueFd();
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

void SeccompListener::End() {
  Close();
  auto event = std::make_unique<Event>();
  event->id = id_;
  event->kind = Event::kListenerEnded;
  environment_->Deliver(std::move(event));
}

void SeccompListener::HandleEvent(uint32_t which) {
  if (which == kSocket) {
    ReceiveListener();
    return;
  }
  if (!ReceiveCall()) End();
}

void SeccompListener::ReceiveListener() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!socket_) return;
    listener_ = ReceiveDescriptor(socket_.get());
    Unwatch(key_);
    key_ = 0;
    socket_.reset();
    const auto self = self_.lock();
    if (listener_ && self != nullptr) {
      key_ = Watch(listener_.get(), self, kListener);
      return;
    }
  }
  // The command was not executed.
  End();
}

// Returns whether there may be further calls.
bool SeccompListener::ReceiveCall() {
  SeccompNotification call = {};
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!listener_) return true;
    pollfd look = {listener_.get(), POLLIN, 0};
    if (poll(&look, 1, 0) <= 0) return true;
    if ((look.revents & POLLIN) == 0) return (look.revents & (POLLHUP | POLLERR | POLLNVAL)) == 0;
    if (handled_ >= kHandledMax) return true;
    // This does not block: there is a call, and nobody else has the listener. The process may have been killed meanwhile (ENOENT). After
    // any other failure the listener is closed, so that no call waits for ever.
    if (ioctl(listener_.get(), kReceiveNotification, &call) < 0) return errno == ENOENT || errno == EINTR;
    if (++handled_ == kHandledMax) WatchInput(key_, false);
  }
  auto event = std::make_unique<Event>();
  event->id = id_;
  event->kind = Event::kSyscall;
  Append(&event->numbers, call.id);
  event->numbers.push_back(call.pid);
  event->numbers.push_back(call.data.number);
  event->numbers.push_back(call.data.architecture);
  for (const uint64_t argument : call.data.arguments) Append(&event->numbers, argument);
  environment_->Deliver(std::move(event));
  return true;
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
