// What a pidfd tells of its process.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>

#include "module.h"
#include "protocol/compatibility.h"

namespace namespawn {

// linux/pidfd.h of kernels before 6.13 lacks it.
struct PidfdInfo {
  uint64_t mask, cgroupid;
  uint32_t pid, tgid, ppid;
  uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
  int32_t exit_code;
};
static constexpr unsigned long kPidfdGetInfo = _IOWR(0xFF, 11, PidfdInfo);
static constexpr uint64_t kPid = 1, kCreds = 2, kCgroupid = 4, kExit = 8;

static Napi::Value PidfdGetNamespace(const Napi::CallbackInfo &info) {
  const int fd = info[0].As<Napi::Number>().Int32Value();
  return Result(info.Env(), Keep(ioctl(fd, NAMESPACE_OF_PIDFD(info[1].As<Napi::Number>().Uint32Value()), 0)), errno);
}

static Napi::Value PidfdGetInfo(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  PidfdInfo result{};
  result.mask = kPid | kCreds | kCgroupid | kExit;
  if (ioctl(info[0].As<Napi::Number>().Int32Value(), kPidfdGetInfo, &result) != 0) return Result(env, -1, errno);
  Napi::Object object = Napi::Object::New(env);
  const auto set = [&](const char *name, double value) { object.Set(name, Napi::Number::New(env, value)); };
  if (result.mask & kPid) {
    set("pid", result.pid);
    set("tgid", result.tgid);
    set("ppid", result.ppid);
  }
  if (result.mask & kCreds) {
    set("ruid", result.ruid);
    set("rgid", result.rgid);
    set("euid", result.euid);
    set("egid", result.egid);
    set("suid", result.suid);
    set("sgid", result.sgid);
    set("fsuid", result.fsuid);
    set("fsgid", result.fsgid);
  }
  if (result.mask & kCgroupid) object.Set("cgroupid", Napi::BigInt::New(env, result.cgroupid));
  if (result.mask & kExit) set("exitCode", result.exit_code);
  return object;
}

// What file system a descriptor is of, by its magic number: pidfs and nsfs have one of their own.
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
