// Sends messages to nsinit. A message waits in a queue while the socket is full.
#include "launch/nsinit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include "launch/room.h"
#include "launch/send_plan.h"

namespace namespawn {

FailedCall Nsinit::Send(const void *data, size_t size, const int *descriptors, size_t count, uint32_t command) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!channel_) return {-ESRCH};
  if (!queue_.empty()) return Enqueue(data, size, descriptors, count, command);
  const FailedCall failed = SendPlan(channel_.get(), data, size, descriptors, count, command);
  return failed.error == -EAGAIN ? Enqueue(data, size, descriptors, count, command) : failed;
}

// Queues a message because the socket is full: a sandbox receives commands faster than it starts them. The caller may close its descriptors
// when this returns, so the queue contains copies.
FailedCall Nsinit::Enqueue(const void *data, size_t size, const int *descriptors, size_t count, uint32_t command) {
  Outgoing message;
  message.command = command;
  const char *bytes = static_cast<const char *>(data);
  message.data.assign(bytes, bytes + size);
  for (size_t i = 0; i < count; i++) {
    message.descriptors.emplace_back(
        WithRoom<kNsinitLocked>([&] { return fcntl(descriptors[i], F_DUPFD_CLOEXEC, 0); }));
    if (!message.descriptors.back()) return FailedCall::Now(SYS_fcntl);
  }
  queue_.push_back(std::move(message));
  if (queue_.size() == 1) WatchOutput(channel_key_, true);
  return {};
}

void Nsinit::ExpectStop(uint32_t command) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = expected_.commands.find(command);
  if (found != expected_.commands.end() && found->second == ExpectedReports::Progress::kStopped)
    found->second = ExpectedReports::Progress::kRunning;
}

// Called on the reactor's thread.
void Nsinit::SendQueued() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (queue_.empty() || !channel_) return;
  std::vector<std::pair<uint32_t, FailedCall>> failures;
  while (!queue_.empty()) {
    const Outgoing &message = queue_.front();
    std::vector<int> descriptors;
    for (const UniqueFd &descriptor : message.descriptors) descriptors.push_back(descriptor.get());
    const FailedCall failed = SendPlan(channel_.get(), message.data.data(), message.data.size(), descriptors.data(),
                                       descriptors.size(), message.command);
    if (failed.error == -EAGAIN) break;
    // If nsinit has ended, its end is reported. Any other failure concerns this command alone, for example that there was no descriptor
    // left for the memfd of its plan.
    if (failed && message.command != 0 && expected_.commands.erase(message.command) > 0)
      failures.emplace_back(message.command, failed);
    queue_.pop_front();
  }
  if (queue_.empty()) WatchOutput(channel_key_, false);
  lock.unlock();
  for (const auto &[command, failed] : failures) DeliverFailure(command, StepOf(failed), failed);
}

}  // namespace namespawn
