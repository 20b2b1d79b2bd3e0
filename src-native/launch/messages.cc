// Sends messages to nsinit. A message waits in a queue while the socket is full.
#include "launch/nsinit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include "launch/room.h"
#include "launch/send_plan.h"

namespace namespawn {

int Nsinit::Send(const void *data, size_t size, const int *descriptors, size_t count, uint32_t command) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!channel_) return -ESRCH;
  const int sent = queue_.empty() ? SendPlan(channel_.get(), data, size, descriptors, count, command) : -EAGAIN;
  return sent == -EAGAIN ? Enqueue(data, size, descriptors, count, command) : sent;
}

// The socket is full: a sandbox got commands faster than it starts them. The caller's descriptors are its own again when this
// returns, so copies wait.
int Nsinit::Enqueue(const void *data, size_t size, const int *descriptors, size_t count, uint32_t command) {
  Outgoing message;
  message.command = command;
  const char *bytes = static_cast<const char *>(data);
  message.data.assign(bytes, bytes + size);
  for (size_t i = 0; i < count; i++) {
    message.descriptors.emplace_back(
        WithRoom<kNsinitLocked>([&] { return fcntl(descriptors[i], F_DUPFD_CLOEXEC, 0); }));
    if (!message.descriptors.back()) return -errno;
  }
  queue_.push_back(std::move(message));
  if (queue_.size() == 1) WatchOutput(channel_key_, true);
  return 0;
}

// On the reactor's thread.
void Nsinit::SendQueued() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (queue_.empty() || !channel_) return;
  std::vector<std::pair<uint32_t, int>> failed;
  while (!queue_.empty()) {
    const Outgoing &message = queue_.front();
    std::vector<int> descriptors;
    for (const UniqueFd &descriptor : message.descriptors) descriptors.push_back(descriptor.get());
    const int sent = SendPlan(channel_.get(), message.data.data(), message.data.size(), descriptors.data(),
                              descriptors.size(), message.command);
    if (sent == -EAGAIN) break;
    // With nsinit gone its end is told. All else is for this one: no descriptor left for the plan's memfd, for instance.
    if (sent < 0 && message.command != 0 && expected_.commands.erase(message.command) > 0)
      failed.emplace_back(message.command, sent);
    queue_.pop_front();
  }
  if (queue_.empty()) WatchOutput(channel_key_, false);
  lock.unlock();
  for (const auto &[command, error] : failed) DeliverFailure(command, NSINIT_NODE_SEND, error, SYS_sendmsg);
}

}  // namespace namespawn
