// A JavaScript environment (the main thread or a Worker), to which the reactor's thread delivers events.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "node_addon_api.h"

namespace namespawn {

// An event for JavaScript. lib/shared/events.ts handles the kinds.
struct Event {
  int64_t id;    // of the nsinit, the wait or the descriptor
  int32_t kind;  // an NSINIT_REPORT_*, or one of these
  std::vector<double> numbers;

  static constexpr size_t kNumbersMax = 32;
  static constexpr int32_t kEnded = 100;  // nsinit was reaped: si_code, si_status
  static constexpr int32_t kWaited =
      101;  // for a promise of sys.waitid: negative errno, si_pid, si_uid, si_code and so on
  static constexpr int32_t kWatched =
      102;  // reading from a descriptor that is watched, or writing to it, may have become possible
};

class Environment : public std::enable_shared_from_this<Environment> {
 public:
  // Returns the environment of this thread, or null if connect() was not called in it.
  static std::shared_ptr<Environment> Of(Napi::Env env);
  // May be called on any thread. Does nothing if the environment has ended.
  void Deliver(std::unique_ptr<Event> event);

 private:
  friend void RegisterEnvironment(Napi::Env env, Napi::Object exports);
  static Napi::Value Connect(const Napi::CallbackInfo &info);
  static Napi::Value Hold(const Napi::CallbackInfo &info);
  void Close(napi_env env);

  std::mutex mutex_;
  napi_threadsafe_function function_ = nullptr;
  napi_ref event_ = nullptr;  // the array that connect() has returned
};

void RegisterEnvironment(Napi::Env env, Napi::Object exports);

}  // namespace namespawn
