// Descriptors that JavaScript objects own: closed at the latest when their environment ends. Node does so for its
// own, and a Worker that is terminated runs no JavaScript any more that could.
#include "module.h"
#include "unique_fd.h"

namespace namespawn {

// guardFd(fd): an external value that owns it.
static Napi::Value GuardFd(const Napi::CallbackInfo &info) {
  auto *owner = new UniqueFd(info[0].As<Napi::Number>().Int32Value());
  return Napi::External<UniqueFd>::New(info.Env(), owner, [](Napi::Env, UniqueFd *fd) { delete fd; });
}

// closeGuarded(external): at once; later calls do nothing.
static Napi::Value CloseGuarded(const Napi::CallbackInfo &info) {
  info[0].As<Napi::External<UniqueFd>>().Data()->reset();
  return info.Env().Undefined();
}

void RegisterFdGuard(Napi::Env env, Napi::Object exports) {
  Register<GuardFd>(env, exports, "guardFd");
  Register<CloseGuarded>(env, exports, "closeGuarded");
}

}  // namespace namespawn
