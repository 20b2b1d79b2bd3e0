// An nsinit and its channel. A JavaScript thread creates it. The reactor then looks after it until it is reaped, even if the JavaScript
// environment has ended.
#pragma once

#include <sys/types.h>

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "failed_call.h"
#include "launch/child.h"
#include "launch/report_decoder.h"
#include "protocol/protocol.h"
#include "reactor/environment.h"
#include "reactor/reactor.h"
#include "unique_fd.h"

namespace namespawn {

// The id maps of a user namespace that nsinit may not write itself.
struct IdMaps {
  std::string setgroups, gid_map, uid_map;
  // The types ("uid", "gid") of the maps that a program writes instead, which JavaScript runs: newuidmap(1), newgidmap(1).
  std::string programs;
  bool IsLeft(const char *type) const { return programs.find(type) != std::string::npos; }
};

class Nsinit final : public Watcher, public std::enable_shared_from_this<Nsinit> {
 public:
  enum : uint32_t { kChannel = 0, kPidfd = 1 };

  // Assigns the id, by which Find() returns this nsinit until it is reaped.
  void Register();
  void Unregister();
  static std::shared_ptr<Nsinit> Find(int64_t id);
  static std::vector<std::shared_ptr<Nsinit>> All();
  // Waits until the child has left Node's memory, and closes the descriptor that was kept for it. Returns whether there was one.
  bool ReleaseChild();

  // The following functions may be called on any thread.
  FailedCall Send(const void *data, size_t size, const int *descriptors = nullptr, size_t count = 0,
                  uint32_t command = 0);
  FailedCall Send(const nsinit_frame &frame) { return Send(&frame, sizeof frame); }
  int Signal(int signal);
  // A command is continued, so that nsinit may report its next stop.
  void ExpectStop(uint32_t command);
  // Continues a supervisor that its command has stopped, so that it reads what is sent to it.
  void Wake();
  // Ends nsinit and all of its processes, by one way after the other. `attempt` counts from 0. Returns 0, or the negative errno if the
  // kernel has refused the way that was tried last.
  int Kill(int attempt);
  // Whether nsinit has not yet read something that was sent to it.
  bool HasUnread();
  // Closes the channel. nsinit then ends, and its processes end with it.
  void CloseChannel();
  // Closes the channel and sends SIGKILL.
  void CloseAndKill();
  // The same for an init. Only closes the channel of a supervisor, which then ends its command's descendants. Nothing else would end them.
  void CloseAndKillInit();
  bool BelongsTo(const Environment *environment) const { return environment_.get() == environment; }
  void EndWithNode();

  void HandleEvent(uint32_t which) override;
  // Continues a supervisor that its command has stopped. It would otherwise not report the start or the end of the command.
  void HandleTick() override;

 private:
  friend Napi::Value LaunchNsinit(const Napi::CallbackInfo &info);
  friend Napi::Value SpawnInSandbox(const Napi::CallbackInfo &info);
  friend Napi::Value RequestLastPid(const Napi::CallbackInfo &info);

  // A message that is sent when nsinit has read the previous ones.
  struct Outgoing {
    uint32_t command;  // the command that it starts, or 0
    std::vector<char> data;
    std::vector<UniqueFd> descriptors;
  };

  // Asks nsinit to end, through the channel, because signals are refused.
  void RequestEnd(int attempt);
  FailedCall Enqueue(const void *data, size_t size, const int *descriptors, size_t count, uint32_t command);
  void DeliverFailure(uint32_t command, int step, const FailedCall &failed);
  void SendQueued();
  void ReadReports();
  int ReadAllReports();
  bool HandleReport(const nsinit_report &report, pid_t sender);
  void WriteMaps();
  FailedCall WriteMapFiles(int *step);
  void EndForProtocolError();
  void Reap();
  void ReleaseMemory();
  void Deliver(int32_t kind, std::vector<double> numbers);
  void Expect(uint32_t command) { expected_.commands[command] = ExpectedReports::Progress::kStarting; }

  int64_t id_ = 0;
  bool survives_node_ = false, outlives_command_ = false, has_cgroup_ = false;
  std::shared_ptr<Environment> environment_;
  IdMaps maps_;

  std::mutex mutex_;  // protects what follows
  UniqueFd channel_, pidfd_;
  int64_t channel_key_ = 0, pidfd_key_ = 0;
  int halts_ = 0;
  ExpectedReports expected_;
  std::deque<Outgoing> queue_;
  // The child while it shares Node's memory.
  namespawn_child *child_ = nullptr;
};

void EndNsinitsOf(const Environment *environment);
void RegisterNsinit(Napi::Env env, Napi::Object exports);

}  // namespace namespawn
