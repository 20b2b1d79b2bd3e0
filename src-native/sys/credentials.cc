// Who the caller is. Asked anew for each spawn, since a program may change it: a system call costs 100 ns.
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "module.h"

namespace namespawn {

// hasCapability(number): in the effective set of this thread.
static Napi::Value HasCapability(const Napi::CallbackInfo &info) {
  const uint32_t capability = info[0].As<Napi::Number>().Uint32Value();
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2] = {};
  if (capability >= 64 || syscall(SYS_capget, &header, sets) < 0) return Napi::Boolean::New(info.Env(), false);
  return Napi::Boolean::New(info.Env(), (sets[capability / 32].effective >> (capability % 32) & 1) != 0);
}

void RegisterCredentials(Napi::Env env, Napi::Object exports) {
  Register<HasCapability>(env, exports, "hasCapability");
}

}  // namespace namespawn
