// A launch is one nsinit with its channel: made on a JavaScript thread, then looked after by the reactor until it is
// reaped, whatever becomes of JavaScript.
#pragma once

#include <sys/types.h>

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "launch/child.h"
#include "launch/report_decoder.h"
#include "protocol/protocol.h"
#include "reactor/environment.h"
#include "reactor/reactor.h"
#include "unique_fd.h"

namespace namespawn {

// What a user namespace's maps are to be, where nsinit may not write them itself.
struct IdMaps {
  std::string setgroups, gid_map, uid_map;
  // Those of "uid" and "gid" that JavaScript has a program write: newuidmap(1), newgidmap(1).
  std::string programs;
  bool IsLeft(const char *type) const { return programs.find(type) != std::string::npos; }
};

class Nsinit final : public Watcher, public std::enable_shared_from_this<Nsinit> {
 public:
  enum : uint32_t { kChannel = 0, kPidfd = 1 };

  // Gives it its id, by which it is found until it is reaped.
  void Register();
  void Unregister();
  static std::shared_ptr<Nsinit> Find(int64_t id);
  static std::vector<std::shared_ptr<Nsinit>> All();
  // Waits until the child has left Node's memory, and closes what was kept for it. Answers whether there was anything.
  bool ReleaseChild();

  // Any thread.
  int Send(const void *data, size_t size, const int *descriptors = nullptr, size_t count = 0, uint32_t command = 0);
  int Send(const nsinit_frame &frame) { return Send(&frame, sizeof frame); }
  int Signal(int signal);
  // Continues a supervisor that its command has stopped: what is sent to it waits until then.
  void Wake();
  // nsinit and everything that it holds, by every way there is; `attempt` counts from 0. Answers 0, or the negative errno of the last
  // way that was tried and refused.
  int Kill(int attempt);
  // Whether something that was sent has not been read.
  bool HasUnread();
  // The lifeline: nsinit ends, and what it holds.
  void CloseChannel();
  // Closes the channel and sends SIGKILL.
  void CloseAndKill();
  // The same, but only closes the channel of a supervisor, which then ends its command's descendants: nothing else would.
  void CloseAndKillInit();
  bool BelongsTo(const Environment *environment) const { return environment_.get() == environment; }
  void EndWithNode();

  void HandleEvent(uint32_t which) override;
  // Continues a supervisor that its command has stopped, and that would tell nothing of its start or its end.
  void HandleTick() override;

 private:
  friend Napi::Value LaunchNsinit(const Napi::CallbackInfo &info);
  friend Napi::Value SpawnInSandbox(const Napi::CallbackInfo &info);
  friend Napi::Value RequestLastPid(const Napi::CallbackInfo &info);

  // A message that waits until nsinit has read what came before.
  struct Outgoing {
    uint32_t command;  // that it starts, or 0
    std::vector<char> data;
    std::vector<UniqueFd> descriptors;
  };

  // Through the channel, for where signals are refused.
  void RequestEnd(int attempt);
  int Enqueue(const void *data, size_t size, const int *descriptors, size_t count, uint32_t command);
  void DeliverFailure(uint32_t command, int step, int error, int syscall_number);
  void SendQueued();
  void ReadReports();
  int ReadAllReports();
  bool HandleReport(const nsinit_report &report, pid_t sender);
  void WriteMaps();
  void EndForProtocolError();
  void Reap();
  void ReleaseMemory();
  void Deliver(int32_t kind, std::vector<double> numbers);
  void Expect(uint32_t command) { expected_.commands[command] = ExpectedReports::Progress::kStarting; }

  int64_t id_ = 0;
  bool survives_node_ = false, is_sandbox_ = false, has_cgroup_ = false;
  std::shared_ptr<Environment> environment_;
  IdMaps maps_;

  std::mutex mutex_;  // of what follows
  UniqueFd channel_, pidfd_;
  int64_t channel_key_ = 0, pidfd_key_ = 0;
  int halts_ = 0;
  ExpectedReports expected_;
  std::deque<Outgoing> queue_;
  // Of the child while it shares Node's memory.
  namespawn_child *child_ = nullptr;
};

void EndNsinitsOf(const Environment *environment);
void RegisterNsinit(Napi::Env env, Napi::Object exports);

}  // namespace namespawn
