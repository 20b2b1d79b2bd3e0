// namespawn/sys: unshare and setns. Both act on the calling thread alone.
#include <errno.h>
#include <sched.h>

#include "module.h"
#include "reactor/reactor.h"

namespace namespawn {

static Napi::Value Unshare(const Napi::CallbackInfo &info) {
  // A thread whose pid_for_children differs from its own PID namespace can create no threads (EINVAL): ours is created
  // before. lib/sys starts libuv's.
  const int error = StartReactor();
  if (error < 0) return Result(info.Env(), error, -error);
  return Result(info.Env(), unshare(info[0].As<Napi::Number>().Int32Value()), errno);
}

static Napi::Value Setns(const Napi::CallbackInfo &info) {
  const int error = StartReactor();
  if (error < 0) return Result(info.Env(), error, -error);
  return Result(info.Env(), setns(info[0].As<Napi::Number>().Int32Value(), info[1].As<Napi::Number>().Int32Value()),
                errno);
}

class NoWork final : public Napi::AsyncWorker {
 public:
  explicit NoWork(Napi::Function callback) : AsyncWorker(callback, "namespawn") {}

 protected:
  void Execute() override {}
};

// startThreadPool(callback): libuv creates all the threads of its pool at the first piece of work.
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
