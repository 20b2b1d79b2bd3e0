// A seccomp listener: the calls of a command about which a function in JavaScript decides.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "failed_call.h"
#include "reactor/environment.h"
#include "reactor/reactor.h"
#include "seccomp/notification.h"
#include "seccomp/program.h"
#include "unique_fd.h"

namespace namespawn {

// A call never gets the response that lets the kernel carry it out (SECCOMP_USER_NOTIF_FLAG_CONTINUE): what the function has seen of the
// arguments may change before the kernel reads it.
//
// When the listener is closed, all calls that wait, and all later ones, fail with ENOSYS.
class SeccompListener final : public Watcher {
 public:
  // Waits for the descriptor of the listener, which the helper of the command sends over the socket.
  // `killing` is the program that the one of the listener stands for, if that hands over calls which are to end their processes.
  SeccompListener(std::shared_ptr<Environment> environment, UniqueFd socket, std::vector<Instruction> killing,
                  int64_t id)
      : environment_(std::move(environment)), killing_(std::move(killing)), socket_(std::move(socket)), id_(id) {}
  void Start(std::shared_ptr<Watcher> self);
  void Close();

  // Called on the reactor's thread.
  void HandleEvent(uint32_t which) override;

  // These return 0 or the negative errno: ENOENT if the call does not wait any more.
  int Respond(uint64_t call, int64_t value, int32_t error);
  int RespondWithDescriptor(uint64_t call, int fd, uint32_t flags);
  int IsWaiting(uint64_t call);
  // JavaScript has finished with a call, whether it still waits or not.
  void Forget();

 private:
  // A command can make calls faster than JavaScript handles them. Those beyond this number wait in the kernel.
  static constexpr int kHandledMax = 256;

  void ReceiveListener();
  void ReceiveCall();
  // Ends the process of a call. This does not wait for JavaScript.
  void Forbid(const SeccompNotification &call);
  void Deliver(int32_t kind, std::vector<double> numbers);
  // Closes the listener, so that no call waits for ever, and informs JavaScript.
  void End(const FailedCall &failed = {});
  int Control(unsigned long request, void *record);

  const std::shared_ptr<Environment> environment_;
  const std::vector<Instruction> killing_;
  std::mutex mutex_;  // protects what follows
  UniqueFd socket_, listener_;
  std::weak_ptr<Watcher> self_;
  const int64_t id_;
  int64_t key_ = 0;
  int handled_ = 0;
};

}  // namespace namespawn
