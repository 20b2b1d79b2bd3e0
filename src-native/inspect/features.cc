// Tries features of the kernel. The version of a kernel does not show what a distribution or a seccomp filter has removed.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "module.h"
#include "protocol/clone_on_stack.h"
#include "protocol/compatibility.h"
#include "unique_fd.h"

namespace namespawn {

static int ErrorOf(long result) { return result < 0 ? -errno : 0; }

static int TryClone3() {
  // The kernel checks the size first. If it has clone3, it returns EINVAL for a size of 0.
  const int error = ErrorOf(syscall(__NR_clone3, nullptr, 0));
  return error == -EINVAL ? 0 : error;
}

static int TryIntoCgroup() {
  clone3_args args = {};
  args.flags = CLONE_INTO_CGROUP;
  args.cgroup = INT_MAX;
  // There is no such descriptor. If the kernel has the flag, it returns EBADF. An older kernel refuses the field.
  const int error = ErrorOf(syscall(__NR_clone3, &args, sizeof args));
  return error == -EBADF ? 0 : error;
}

static int TryCloseRange() { return ErrorOf(syscall(__NR_close_range, ~0u, ~0u, CLOSE_RANGE_CLOEXEC)); }

static int TryExecutableMemfd() {
  const UniqueFd memfd(memfd_create("probe", MFD_CLOEXEC | MFD_EXEC));
  if (memfd) return 0;
  // Before Linux 6.3 every memfd is executable, and this flag is unknown.
  return errno == EINVAL ? ErrorOf(UniqueFd(memfd_create("probe", MFD_CLOEXEC)).get()) : -errno;
}

static int TrySealExec() {
  const UniqueFd memfd(memfd_create("probe", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC));
  if (!memfd) return -errno;
  return ErrorOf(fcntl(memfd.get(), F_ADD_SEALS, F_SEAL_EXEC));
}

static UniqueFd OwnPidfd() { return UniqueFd(static_cast<int>(syscall(__NR_pidfd_open, getpid(), 0))); }

static int TryPidfdOpen() { return ErrorOf(OwnPidfd().get()); }

static int TryPidfdInfo() {
  const UniqueFd pidfd = OwnPidfd();
  if (!pidfd) return -errno;
  pidfd_info_v1 info = {};
  return ErrorOf(ioctl(pidfd.get(), PIDFD_GET_INFO_V1, &info));
}

static int TryPidTranslation() {
  const UniqueFd ns(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
  if (!ns) return -errno;
  return ErrorOf(ioctl(ns.get(), NS_GET_PID_IN_PIDNS, getpid()));
}

static int TryNamespaceId() {
  const UniqueFd ns(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
  if (!ns) return -errno;
  uint64_t id = 0;
  return ErrorOf(ioctl(ns.get(), NS_GET_ID, &id));
}

static int TryListns() {
  // There is no request. If the kernel has the call, it returns EFAULT or EINVAL.
  const int error = ErrorOf(syscall(__NR_listns, nullptr, nullptr, 0, 0));
  return error == -EFAULT || error == -EINVAL ? 0 : error;
}

// tryFeatures(): returns 0 or the negative errno for each feature, by its name.
static Napi::Value TryFeatures(const Napi::CallbackInfo &info) {
  const struct {
    const char *name;
    int error;
  } features[] = {
      {"clone3", TryClone3()},
      {"CLONE_INTO_CGROUP", TryIntoCgroup()},
      {"close_range", TryCloseRange()},
      {"pidfd_open", TryPidfdOpen()},
      {"PIDFD_GET_INFO", TryPidfdInfo()},
      {"NS_GET_PID_IN_PIDNS", TryPidTranslation()},
      {"NS_GET_ID", TryNamespaceId()},
      {"listns", TryListns()},
      {"MFD_EXEC", TryExecutableMemfd()},
      {"F_SEAL_EXEC", TrySealExec()},
  };
  Napi::Object errors = Napi::Object::New(info.Env());
  for (const auto &[name, error] : features) errors.Set(name, Napi::Number::New(info.Env(), error));
  return errors;
}

void RegisterFeatures(Napi::Env env, Napi::Object exports) { Register<TryFeatures>(env, exports, "tryFeatures"); }

}  // namespace namespawn
