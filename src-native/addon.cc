// The entry of the addon. It lists everything that the addon exports.
#include "module.h"

namespace namespawn {

static Napi::Object Init(Napi::Env env, Napi::Object exports) {
  RegisterConstants(env, exports);
  RegisterCredentials(env, exports);
  RegisterEnvironment(env, exports);
  RegisterExecOperation(env, exports);
  RegisterFeatures(env, exports);
  RegisterKeep(env, exports);
  RegisterLandlock(env, exports);
  RegisterNsinit(env, exports);
  RegisterNetnsid(env, exports);
  RegisterNsfs(env, exports);
  RegisterOwnership(env, exports);
  RegisterPidfd(env, exports);
  RegisterProcfs(env, exports);
  RegisterReceivedSocket(env, exports);
  RegisterSocketAddress(env, exports);
  RegisterSocketCredentials(env, exports);
  RegisterSocketNetns(env, exports);
  RegisterSocketThread(env, exports);
  RegisterStdio(env, exports);
  RegisterSysClone(env, exports);
  RegisterSysNamespace(env, exports);
  RegisterSysWait(env, exports);
  RegisterTerminal(env, exports);
  RegisterWatchDirectory(env, exports);
  RegisterWatchedFd(env, exports);
  RegisterSenders(env, exports);
  RegisterUsers(env, exports);
  RegisterWithNamespace(env, exports);
  return exports;
}

NODE_API_MODULE(namespawn, Init)

}  // namespace namespawn
