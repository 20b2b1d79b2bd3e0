// The ioctls of nsfs: facts about a namespace, and the translation of PIDs (Linux 6.11).
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <string>

#include "launch/room.h"
#include "module.h"
#include "protocol/compatibility.h"

namespace namespawn {

static int Fd(const Napi::CallbackInfo &info, size_t index) { return info[index].As<Napi::Number>(); }

template <unsigned long request>
static Napi::Value Ioctl(const Napi::CallbackInfo &info) {
  const long result = ioctl(Fd(info, 0), request);
  return Result(info.Env(), result, errno);
}

template <unsigned long request>
static Napi::Value IoctlForDescriptor(const Napi::CallbackInfo &info) {
  return Result(info.Env(), Keep(ioctl(Fd(info, 0), request)), errno);
}

static Napi::Value NsGetOwnerUid(const Napi::CallbackInfo &info) {
  uid_t uid = 0;
  if (ioctl(Fd(info, 0), NS_GET_OWNER_UID, &uid) != 0) return Result(info.Env(), -1, errno);
  return Napi::Number::New(info.Env(), uid);
}

template <unsigned long request>
static Napi::Value PidIoctl(const Napi::CallbackInfo &info) {
  const long result = ioctl(Fd(info, 0), request, static_cast<long>(info[1].As<Napi::Number>().Int32Value()));
  return Result(info.Env(), result, errno);
}

// Translates a PID from the namespace of one descriptor to that of another. -1 stands for the caller's namespace. If neither is the
// caller's, the translation takes two steps. The PID in the caller's namespace could be given to another process between them, so the first
// step is repeated until its result is the same.
static int Translate(int from, int to, int pid) {
  if (from < 0) return to < 0 ? pid : ioctl(to, NS_GET_PID_IN_PIDNS, static_cast<long>(pid));
  for (;;) {
    const int here = ioctl(from, NS_GET_PID_FROM_PIDNS, static_cast<long>(pid));
    if (here < 0 || to < 0) return here;
    const int there = ioctl(to, NS_GET_PID_IN_PIDNS, static_cast<long>(here));
    const int error = errno;
    const int again = ioctl(from, NS_GET_PID_FROM_PIDNS, static_cast<long>(pid));
    if (again < 0) return again;
    errno = error;
    if (again == here) return there;
  }
}

static Napi::Value TranslatePid(const Napi::CallbackInfo &info) {
  const long result = Translate(Fd(info, 0), Fd(info, 1), info[2].As<Napi::Number>().Int32Value());
  return Result(info.Env(), result, errno);
}

// Translates many PIDs in one call, because a call of the addon takes as long as the ioctl. The result for a process that is not visible is
// 0, as in SCM_CREDENTIALS. Any other error ends the function.
static Napi::Value TranslatePids(const Napi::CallbackInfo &info) {
  const int from = Fd(info, 0), to = Fd(info, 1);
  const auto pids = info[2].As<Napi::Int32Array>();
  auto results = info[3].As<Napi::Int32Array>();
  const int32_t *in = pids.Data();
  int32_t *out = results.Data();
  const size_t count = pids.ElementLength();
  for (size_t i = 0; i < count; i++) {
    const int result = Translate(from, to, in[i]);
    if (result < 0 && errno != ESRCH) return Result(info.Env(), -1, errno);
    out[i] = result < 0 ? 0 : result;
  }
  return Napi::Number::New(info.Env(), 0);
}

// openNamespaceFile(path): like fs.openSync, but the descriptor belongs to the addon, which a handle requires.
static Napi::Value OpenNamespaceFile(const Napi::CallbackInfo &info) {
  const std::string path = info[0].As<Napi::String>();
  return Result(info.Env(), Keep(WithRoom([&] { return open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC); })),
                errno);
}

void RegisterNsfs(Napi::Env env, Napi::Object exports) {
  Register<IoctlForDescriptor<NS_GET_USERNS>>(env, exports, "nsGetUserns");
  Register<IoctlForDescriptor<NS_GET_PARENT>>(env, exports, "nsGetParent");
  Register<Ioctl<NS_GET_NSTYPE>>(env, exports, "nsGetNstype");
  Register<NsGetOwnerUid>(env, exports, "nsGetOwnerUid");
  Register<PidIoctl<NS_GET_PID_FROM_PIDNS>>(env, exports, "nsGetPidFromPidns");
  Register<PidIoctl<NS_GET_TGID_FROM_PIDNS>>(env, exports, "nsGetTgidFromPidns");
  Register<PidIoctl<NS_GET_PID_IN_PIDNS>>(env, exports, "nsGetPidInPidns");
  Register<PidIoctl<NS_GET_TGID_IN_PIDNS>>(env, exports, "nsGetTgidInPidns");
  Register<OpenNamespaceFile>(env, exports, "openNamespaceFile");
  Register<TranslatePid>(env, exports, "translatePid");
  Register<TranslatePids>(env, exports, "translatePids");
}

}  // namespace namespawn
