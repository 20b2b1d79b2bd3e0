// The privilege of the caller. It is read again for each spawn, because a program may change it. The system call takes 100 ns.
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "module.h"

namespace namespawn {

// hasCapability(number): whether it is in the effective set of this thread.
static Napi::Value HasCapability(const Napi::CallbackInfo &info) {
  const uint32_t capability = info[0].As<Napi::Number>().Uint32Value();
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
  const uint32_t set = CAP_TO_INDEX(capability);
  if (set >= _LINUX_CAPABILITY_U32S_3 || syscall(SYS_capget, &header, sets) < 0)
    return Napi::Boolean::New(info.Env(), false);
  return Napi::Boolean::New(info.Env(), (sets[set].effective & CAP_TO_MASK(capability)) != 0);
}

void RegisterCredentials(Napi::Env env, Napi::Object exports) {
  Register<HasCapability>(env, exports, "hasCapability");
}

}  // namespace namespawn
