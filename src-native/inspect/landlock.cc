// Determines whether Landlock restricts the calling thread. The kernel does not show this anywhere.
#include <linux/landlock.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "module.h"
#include "unique_fd.h"

namespace namespawn {

// LANDLOCK_MAX_NUM_LAYERS of the kernel: the number of rulesets that can restrict a thread, including those that it has inherited.
constexpr int kMaxLayers = 16;

// Called on a thread of its own, because it restricts the thread, which ends then.
static void *CountLayers(void *has_layers) {
  landlock_ruleset_attr attributes = {};
  attributes.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE;
  const UniqueFd ruleset(static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0)));
  if (!ruleset || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return nullptr;
  for (int layer = 0; layer < kMaxLayers; layer++) {
    if (syscall(SYS_landlock_restrict_self, ruleset.get(), 0) == 0) continue;
    *static_cast<bool *>(has_layers) = errno == E2BIG;
    break;
  }
  return nullptr;
}

static Napi::Value IsLandlocked(const Napi::CallbackInfo &info) {
  bool has_layers = false;
  pthread_t thread;
  if (pthread_create(&thread, nullptr, CountLayers, &has_layers) == 0) pthread_join(thread, nullptr);
  return Napi::Boolean::New(info.Env(), has_layers);
}

void RegisterLandlock(Napi::Env env, Napi::Object exports) { Register<IsLandlocked>(env, exports, "isLandlocked"); }

}  // namespace namespawn
