// Facts about the process of a pidfd.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>

#include "module.h"
#include "protocol/compatibility.h"

namespace namespawn {

static Napi::Value PidfdGetNamespace(const Napi::CallbackInfo &info) {
  const int fd = info[0].As<Napi::Number>().Int32Value();
  return Result(info.Env(), Keep(ioctl(fd, NAMESPACE_OF_PIDFD(info[1].As<Napi::Number>().Uint32Value()), 0)), errno);
}

static Napi::Value PidfdGetInfo(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  pidfd_info_v1 result{};
  result.mask = PIDFD_INFO_V1_PID | PIDFD_INFO_V1_CREDS | PIDFD_INFO_V1_CGROUPID | PIDFD_INFO_V1_EXIT;
  if (ioctl(info[0].As<Napi::Number>().Int32Value(), PIDFD_GET_INFO_V1, &result) != 0) return Result(env, -1, errno);
  Napi::Object object = Napi::Object::New(env);
  const auto set = [&](const char *name, double value) { object.Set(name, Napi::Number::New(env, value)); };
  if (result.mask & PIDFD_INFO_V1_PID) {
    set("pid", result.pid);
    set("tgid", result.tgid);
    set("ppid", result.ppid);
  }
  if (result.mask & PIDFD_INFO_V1_CREDS) {
    set("ruid", result.ruid);
    set("rgid", result.rgid);
    set("euid", result.euid);
    set("egid", result.egid);
    set("suid", result.suid);
    set("sgid", result.sgid);
    set("fsuid", result.fsuid);
    set("fsgid", result.fsgid);
  }
  if (result.mask & PIDFD_INFO_V1_CGROUPID) object.Set("cgroupid", Napi::BigInt::New(env, result.cgroupid));
  if (result.mask & PIDFD_INFO_V1_EXIT) set("exitCode", result.exit_code);
  return object;
}

// fstatfs(fd): returns the magic number of the file system. pidfs and nsfs have numbers of their own.
static Napi::Value Fstatfs(const Napi::CallbackInfo &info) {
  struct statfs buffer;
  if (fstatfs(info[0].As<Napi::Number>().Int32Value(), &buffer) != 0) return Result(info.Env(), -1, errno);
  return Napi::Number::New(info.Env(), static_cast<double>(buffer.f_type));
}

void RegisterPidfd(Napi::Env env, Napi::Object exports) {
  Register<PidfdGetNamespace>(env, exports, "pidfdGetNamespace");
  Register<PidfdGetInfo>(env, exports, "pidfdGetInfo");
  Register<Fstatfs>(env, exports, "fstatfs");
}

}  // namespace namespawn
