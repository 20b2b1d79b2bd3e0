// The functions by which JavaScript uses a seccomp listener. It knows listeners by ids, and calls by the ids that the kernel gives them.
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "launch/room.h"
#include "module.h"
#include "reactor/environment_objects.h"
#include "seccomp/listener.h"

namespace namespawn {

namespace {

using Listeners = EnvironmentObjects<SeccompListener>;

std::shared_ptr<SeccompListener> Find(const Napi::Value &id) { return Listeners::Find(id); }

// The id of a call, and a result, are pairs of a low and a high half.
uint64_t Joined(const Napi::CallbackInfo &info, size_t at) {
  const uint64_t high = info[at + 1].As<Napi::Number>().Uint32Value();
  return high << 32 | info[at].As<Napi::Number>().Uint32Value();
}

}  // namespace

// listen(socket, killing | undefined): waits for a listener that is sent over a socket, of which the addon keeps a copy. `killing` is a program.
// The processes of the calls that it kills are ended. Returns the id that the events of the listener have, or the negative errno.
static Napi::Value Listen(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const int fd = info[0].As<Napi::Number>().Int32Value();
  UniqueFd own(WithRoom([&] { return fcntl(fd, F_DUPFD_CLOEXEC, 0); }));
  if (!own) return Result(env, -1, errno);
  std::vector<Instruction> killing;
  if (info[1].IsTypedArray()) {
    const auto program = info[1].As<Napi::Uint8Array>();
    killing.resize(program.ElementLength() / sizeof(Instruction));
    memcpy(killing.data(), program.Data(), killing.size() * sizeof(Instruction));
  }
  const int64_t id = Listeners::NextId();
  auto listener = std::make_shared<SeccompListener>(Environment::Of(env), std::move(own), std::move(killing), id);
  Listeners::Add(id, listener);
  listener->Start(listener);
  return Result(env, id, 0);
}

// respond(listener, callLow, callHigh, valueLow, valueHigh, errno): the call returns the value, or fails with the errno if it is not 0.
static Napi::Value Respond(const Napi::CallbackInfo &info) {
  const auto listener = Find(info[0]);
  if (listener == nullptr) return Result(info.Env(), -1, ENOENT);
  const int32_t error = info[5].As<Napi::Number>().Int32Value();
  const int result = listener->Respond(Joined(info, 1), static_cast<int64_t>(Joined(info, 3)), -error);
  return Result(info.Env(), result, -result);
}

// respondWithDescriptor(listener, callLow, callHigh, fd, closeOnExec): the call returns a new descriptor of its process for the file of `fd`.
static Napi::Value RespondWithDescriptor(const Napi::CallbackInfo &info) {
  const auto listener = Find(info[0]);
  if (listener == nullptr) return Result(info.Env(), -1, ENOENT);
  const int fd = info[3].As<Napi::Number>().Int32Value();
  const uint32_t flags = info[4].As<Napi::Boolean>().Value() ? O_CLOEXEC : 0;
  const int result = listener->RespondWithDescriptor(Joined(info, 1), fd, flags);
  return Result(info.Env(), result, -result);
}

// isCallWaiting(listener, callLow, callHigh)
static Napi::Value IsCallWaiting(const Napi::CallbackInfo &info) {
  const auto listener = Find(info[0]);
  return Napi::Boolean::New(info.Env(), listener != nullptr && listener->IsWaiting(Joined(info, 1)) >= 0);
}

// forgetCall(listener): JavaScript has finished with one call.
static Napi::Value ForgetCall(const Napi::CallbackInfo &info) {
  if (const auto listener = Find(info[0])) listener->Forget();
  return info.Env().Undefined();
}

// closeListener(listener)
static Napi::Value CloseListener(const Napi::CallbackInfo &info) {
  Listeners::Close(info[0]);
  return info.Env().Undefined();
}

void RegisterSeccompListener(Napi::Env env, Napi::Object exports) {
  Listeners::Register(env);
  Register<Listen>(env, exports, "listen");
  Register<Respond>(env, exports, "respond");
  Register<RespondWithDescriptor>(env, exports, "respondWithDescriptor");
  Register<IsCallWaiting>(env, exports, "isCallWaiting");
  Register<ForgetCall>(env, exports, "forgetCall");
  Register<CloseListener>(env, exports, "closeListener");
}

}  // namespace namespawn
