// namespawn/sys: unshare and setns. Both affect only the calling thread.
#include <errno.h>
#include <sched.h>

#include "module.h"

namespace namespawn {

static Napi::Value Unshare(const Napi::CallbackInfo &info) {
  return Result(info.Env(), unshare(info[0].As<Napi::Number>().Int32Value()), errno);
}

static Napi::Value Setns(const Napi::CallbackInfo &info) {
  return Result(info.Env(), setns(info[0].As<Napi::Number>().Int32Value(), info[1].As<Napi::Number>().Int32Value()),
                errno);
}

class NoWork final : public Napi::AsyncWorker {
 public:
  explicit NoWork(Napi::Function callback) : AsyncWorker(callback, "namespawn") {}

 protected:
  void Execute() override {}
};

// startThreadPool(callback): queues work that does nothing, because libuv creates all threads of its pool for the first work.
static Napi::Value StartThreadPool(const Napi::CallbackInfo &info) {
  (new NoWork(info[0].As<Napi::Function>()))->Queue();
  return info.Env().Undefined();
}

void RegisterSysNamespace(Napi::Env env, Napi::Object exports) {
  Register<Unshare>(env, exports, "unshare");
  Register<Setns>(env, exports, "setns");
  Register<StartThreadPool>(env, exports, "startThreadPool");
}

}  // namespace namespawn
