// The privilege of the caller, and what the kernel does when its parent ends.
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "module.h"

namespace namespawn {

// hasCapability(number): whether it is in the effective set of this thread. It is read again for each spawn, because a program may change
// it. The system call takes 100 ns.
static Napi::Value HasCapability(const Napi::CallbackInfo &info) {
  const uint32_t capability = info[0].As<Napi::Number>().Uint32Value();
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
  const uint32_t set = CAP_TO_INDEX(capability);
  if (set >= _LINUX_CAPABILITY_U32S_3 || syscall(SYS_capget, &header, sets) < 0)
    return Napi::Boolean::New(info.Env(), false);
  return Napi::Boolean::New(info.Env(), (sets[set].effective & CAP_TO_MASK(capability)) != 0);
}

// dieWithParent(): the kernel sends this process SIGKILL when the thread that has started it ends.
static Napi::Value DieWithParent(const Napi::CallbackInfo &info) {
  return Result(info.Env(), prctl(PR_SET_PDEATHSIG, SIGKILL), errno);
}

void RegisterCredentials(Napi::Env env, Napi::Object exports) {
  Register<HasCapability>(env, exports, "hasCapability");
  Register<DieWithParent>(env, exports, "dieWithParent");
}

}  // namespace namespawn
