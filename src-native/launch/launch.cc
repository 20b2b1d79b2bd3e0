// Every launch there is, and what is sent to each.
#include "launch/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include <unordered_map>

#include "launch/room.h"
#include "launch/send_plan.h"

namespace namespawn {

// Every launch from its clone until it is reaped.
struct Launches {
  std::mutex mutex;
  std::unordered_map<int64_t, std::shared_ptr<Launch>> by_id;
  int64_t next_id = 1;
};

static Launches &TheLaunches() {
  static auto *launches = new Launches;
  return *launches;
}

std::shared_ptr<Launch> Launch::Find(int64_t id) {
  Launches &launches = TheLaunches();
  std::lock_guard<std::mutex> lock(launches.mutex);
  const auto found = launches.by_id.find(id);
  return found == launches.by_id.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Launch>> Launch::All() {
  Launches &launches = TheLaunches();
  std::lock_guard<std::mutex> lock(launches.mutex);
  std::vector<std::shared_ptr<Launch>> all;
  for (const auto &[id, launch] : launches.by_id) all.push_back(launch);
  return all;
}

void ForgetLaunch(int64_t id) {
  Launches &launches = TheLaunches();
  std::lock_guard<std::mutex> lock(launches.mutex);
  launches.by_id.erase(id);
}

void EndLaunchesOf(const Environment *environment) {
  std::vector<std::shared_ptr<Launch>> theirs;
  {
    Launches &launches = TheLaunches();
    std::lock_guard<std::mutex> lock(launches.mutex);
    for (const auto &[id, launch] : launches.by_id)
      if (launch->BelongsTo(environment)) theirs.push_back(launch);
  }
  for (const auto &launch : theirs) launch->EndWithNode();
}

void Launch::Register() {
  Launches &launches = TheLaunches();
  std::lock_guard<std::mutex> lock(launches.mutex);
  id_ = launches.next_id++;
  launches.by_id.emplace(id_, shared_from_this());
}

int Launch::Send(const void *data, size_t size, const int *descriptors, size_t count, uint32_t command) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!channel_) return -ESRCH;
  const int sent = queue_.empty() ? SendPlan(channel_.get(), data, size, descriptors, count, command) : -EAGAIN;
  return sent == -EAGAIN ? Enqueue(data, size, descriptors, count, command) : sent;
}

// The socket is full: a sandbox got commands faster than it starts them. The caller's descriptors are its own again when this
// returns, so copies wait.
int Launch::Enqueue(const void *data, size_t size, const int *descriptors, size_t count, uint32_t command) {
  Outgoing message;
  message.command = command;
  const char *bytes = static_cast<const char *>(data);
  message.data.assign(bytes, bytes + size);
  for (size_t i = 0; i < count; i++) {
    message.descriptors.emplace_back(
        WithRoom<kLaunchIsLocked>([&] { return fcntl(descriptors[i], F_DUPFD_CLOEXEC, 0); }));
    if (!message.descriptors.back()) return -errno;
  }
  queue_.push_back(std::move(message));
  if (queue_.size() == 1) WatchOutput(channel_key_, true);
  return 0;
}

// On the reactor's thread.
void Launch::SendQueued() {
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
