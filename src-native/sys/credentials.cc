// The privilege of the caller. It is read again for each spawn, because a program may change it. The system call takes 100 ns.
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "module.h"

namespace namespawn {

// isAdministrator(): whether CAP_SYS_ADMIN is in the effective set of this thread.
static Napi::Value IsAdministrator(const Napi::CallbackInfo &info) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
  const bool is_known = syscall(SYS_capget, &header, sets) == 0;
  const auto &set = sets[CAP_TO_INDEX(CAP_SYS_ADMIN)];
  return Napi::Boolean::New(info.Env(), is_known && (set.effective & CAP_TO_MASK(CAP_SYS_ADMIN)) != 0);
}

void RegisterCredentials(Napi::Env env, Napi::Object exports) {
  Register<IsAdministrator>(env, exports, "isAdministrator");
}

}  // namespace namespawn
