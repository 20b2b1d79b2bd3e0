// What JavaScript can do with a launch.
#include <errno.h>

#include "launch/launch.h"
#include "launch/launch_start.h"
#include "launch/nsinit_image.h"
#include "module.h"

namespace namespawn {

// A frame without operations: what the launch's nsinit is to do now.
static Napi::Value SendFrame(Napi::Env env, const std::shared_ptr<Launch> &launch, uint32_t type, uint32_t id,
                             uint32_t first, uint32_t second) {
  if (launch == nullptr) return Answer(env, -1, ESRCH);
  nsinit_frame frame = {};
  frame.type = type;
  frame.size = sizeof frame;
  frame.id = id;
  frame.u.numbers[0] = first;
  frame.u.numbers[1] = second;
  const int error = launch->Send(&frame, sizeof frame);
  return Answer(env, error, -error);
}

// signal(id, commandId, signal, scope): through nsinit, which knows whether the command still is who it was.
static Napi::Value SignalCommand(const Napi::CallbackInfo &info) {
  const auto launch = Launch::Find(info[0].As<Napi::Number>().Int64Value());
  const Napi::Value answer =
      SendFrame(info.Env(), launch, NSINIT_FRAME_SIGNAL, info[1].As<Napi::Number>().Uint32Value(),
                info[2].As<Napi::Number>().Uint32Value(), info[3].As<Napi::Number>().Uint32Value());
  if (launch != nullptr) launch->Wake();
  return answer;
}

// shutDown(id, signal, graceMs): a signal for every process, then the time to end, then the end.
static Napi::Value ShutDown(const Napi::CallbackInfo &info) {
  const auto launch = Launch::Find(info[0].As<Napi::Number>().Int64Value());
  return SendFrame(info.Env(), launch, NSINIT_FRAME_SHUTDOWN, 0, info[1].As<Napi::Number>().Uint32Value(),
                   info[2].As<Napi::Number>().Uint32Value());
}

// lastPid(id, question, pid): writes ns_last_pid inside, or reads it where pid is 0; an event answers the question.
Napi::Value AskLastPid(const Napi::CallbackInfo &info) {
  const auto launch = Launch::Find(info[0].As<Napi::Number>().Int64Value());
  if (launch != nullptr) {
    std::lock_guard<std::mutex> lock(launch->mutex_);
    launch->expected_.last_pids++;
  }
  return SendFrame(info.Env(), launch, NSINIT_FRAME_LAST_PID, info[1].As<Napi::Number>().Uint32Value(),
                   info[2].As<Napi::Number>().Uint32Value(), 0);
}

// kill(id, attempt): nsinit and all that it holds.
static Napi::Value KillLaunch(const Napi::CallbackInfo &info) {
  const auto launch = Launch::Find(info[0].As<Napi::Number>().Int64Value());
  const int error = launch == nullptr ? -ESRCH : launch->Kill(info[1].As<Napi::Number>().Int32Value());
  return Answer(info.Env(), error, -error);
}

// hasUnread(id): whether nsinit has still to read something.
static Napi::Value HasUnread(const Napi::CallbackInfo &info) {
  const auto launch = Launch::Find(info[0].As<Napi::Number>().Int64Value());
  return Napi::Boolean::New(info.Env(), launch != nullptr && launch->HasUnread());
}

static Napi::Value SetImageFile(const Napi::CallbackInfo &info) {
  SetNsinitFile(info[0].As<Napi::String>().Utf8Value().c_str());
  return info.Env().Undefined();
}

void RegisterLaunch(Napi::Env env, Napi::Object exports) {
  Register<LaunchNsinit>(env, exports, "launch");
  Register<SpawnInLaunch>(env, exports, "spawn");
  Register<SignalCommand>(env, exports, "signal");
  Register<KillLaunch>(env, exports, "kill");
  Register<ShutDown>(env, exports, "shutDown");
  Register<AskLastPid>(env, exports, "lastPid");
  Register<HasUnread>(env, exports, "hasUnread");
  Register<SetImageFile>(env, exports, "setImageFile");
}

}  // namespace namespawn
