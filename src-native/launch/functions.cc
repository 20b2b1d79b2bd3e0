// The functions by which JavaScript uses an nsinit.
#include <errno.h>
#include <signal.h>

#include "launch/nsinit.h"
#include "launch/nsinit_image.h"
#include "launch/send_plan.h"
#include "launch/start.h"
#include "module.h"

namespace namespawn {

// Sends a frame without operations.
static Napi::Value SendFrame(Napi::Env env, const std::shared_ptr<Nsinit> &nsinit, const nsinit_frame &frame) {
  if (nsinit == nullptr) return Result(env, -1, ESRCH);
  const int error = nsinit->Send(frame).error;
  return Result(env, error, -error);
}

// signal(id, commandId, signal, scope): sends a signal through nsinit, which knows whether the command is still the same process.
static Napi::Value SignalCommand(const Napi::CallbackInfo &info) {
  const auto nsinit = Nsinit::Find(info[0].As<Napi::Number>().Int64Value());
  nsinit_frame frame = MakeFrame(NSINIT_FRAME_SIGNAL, info[1].As<Napi::Number>());
  frame.u.signal = {info[2].As<Napi::Number>().Uint32Value(), info[3].As<Napi::Number>().Uint32Value()};
  if (nsinit != nullptr && frame.u.signal.signal == SIGCONT) nsinit->ExpectStop(frame.id);
  const Napi::Value result = SendFrame(info.Env(), nsinit, frame);
  if (nsinit != nullptr) nsinit->Wake();
  return result;
}

// goOn(id): JavaScript has done what nsinit waits for.
static Napi::Value GoOn(const Napi::CallbackInfo &info) {
  const auto nsinit = Nsinit::Find(info[0].As<Napi::Number>().Int64Value());
  return SendFrame(info.Env(), nsinit, MakeFrame(NSINIT_FRAME_GO_ON));
}

// shutDown(id, signal, graceMs): asks nsinit to send a signal to every process, and to end when they have ended or the time is over.
static Napi::Value ShutDown(const Napi::CallbackInfo &info) {
  const auto nsinit = Nsinit::Find(info[0].As<Napi::Number>().Int64Value());
  nsinit_frame frame = MakeFrame(NSINIT_FRAME_SHUTDOWN);
  frame.u.shutdown = {info[1].As<Napi::Number>().Uint32Value(), info[2].As<Napi::Number>().Uint32Value()};
  return SendFrame(info.Env(), nsinit, frame);
}

// lastPid(id, requestId, pid): asks nsinit to write ns_last_pid inside, or to read it if `pid` is 0. The event LAST_PID has the result.
Napi::Value RequestLastPid(const Napi::CallbackInfo &info) {
  const auto nsinit = Nsinit::Find(info[0].As<Napi::Number>().Int64Value());
  if (nsinit != nullptr) {
    std::lock_guard<std::mutex> lock(nsinit->mutex_);
    nsinit->expected_.last_pids++;
  }
  nsinit_frame frame = MakeFrame(NSINIT_FRAME_LAST_PID, info[1].As<Napi::Number>());
  frame.u.last_pid.pid = info[2].As<Napi::Number>().Uint32Value();
  return SendFrame(info.Env(), nsinit, frame);
}

// kill(id, attempt): ends nsinit and all of its processes.
static Napi::Value KillNsinit(const Napi::CallbackInfo &info) {
  const auto nsinit = Nsinit::Find(info[0].As<Napi::Number>().Int64Value());
  const int error = nsinit == nullptr ? -ESRCH : nsinit->Kill(info[1].As<Napi::Number>().Int32Value());
  return Result(info.Env(), error, -error);
}

// hasUnread(id): whether nsinit has not yet read something that was sent to it.
static Napi::Value HasUnread(const Napi::CallbackInfo &info) {
  const auto nsinit = Nsinit::Find(info[0].As<Napi::Number>().Int64Value());
  return Napi::Boolean::New(info.Env(), nsinit != nullptr && nsinit->HasUnread());
}

static Napi::Value SetImageFile(const Napi::CallbackInfo &info) {
  SetNsinitFile(info[0].As<Napi::String>().Utf8Value().c_str());
  return info.Env().Undefined();
}

// imageDescriptor(): returns the descriptor of nsinit's executable, which must not be closed, or the negative errno. The file worker is
// executed from it.
static Napi::Value ImageDescriptor(const Napi::CallbackInfo &info) {
  int image = -1;
  const FailedCall failed = NsinitImage(NsinitImageKind::kReadable, &image);
  return Result(info.Env(), failed ? failed.error : image, -failed.error);
}

void RegisterNsinit(Napi::Env env, Napi::Object exports) {
  Register<LaunchNsinit>(env, exports, "launch");
  Register<SpawnInSandbox>(env, exports, "spawn");
  Register<SignalCommand>(env, exports, "signal");
  Register<KillNsinit>(env, exports, "kill");
  Register<GoOn>(env, exports, "goOn");
  Register<ShutDown>(env, exports, "shutDown");
  Register<RequestLastPid>(env, exports, "lastPid");
  Register<HasUnread>(env, exports, "hasUnread");
  Register<SetImageFile>(env, exports, "setImageFile");
  Register<ImageDescriptor>(env, exports, "imageDescriptor");
}

}  // namespace namespawn
