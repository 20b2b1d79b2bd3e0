// A JavaScript environment (the main thread, or a Worker) and the way from the reactor's thread into it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "node_addon_api.h"

namespace namespawn {

// What the reactor tells JavaScript; lib/shared/events.ts names the kinds.
struct Event {
  int64_t id;    // the launch, the wait or the terminal that it is about
  int32_t kind;  // an NSINIT_REPORT_*, or one of these
  std::vector<double> numbers;

  static constexpr size_t kNumbersMax = 32;
  static constexpr int32_t kEnded = 100;   // nsinit is reaped: si_code, si_status
  static constexpr int32_t kWaited = 101;  // a sys.waitid promise: negative errno, or si_code, si_status, pid, uid ...
  static constexpr int32_t kTerminal = 102;  // something has happened to a terminal: it is to be tried
};

class Environment : public std::enable_shared_from_this<Environment> {
 public:
  // The environment of this thread, if connect() was called in it.
  static std::shared_ptr<Environment> Of(Napi::Env env);
  // Any thread. After the end of the environment it does nothing.
  void Deliver(std::unique_ptr<Event> event);

 private:
  friend void RegisterEnvironment(Napi::Env env, Napi::Object exports);
  static Napi::Value Connect(const Napi::CallbackInfo &info);
  static Napi::Value Hold(const Napi::CallbackInfo &info);
  void Close(napi_env env);

  std::mutex mutex_;
  napi_threadsafe_function function_ = nullptr;
  napi_ref event_ = nullptr;  // the array that connect() answered
};

void RegisterEnvironment(Napi::Env env, Napi::Object exports);

}  // namespace namespawn
