// Calls a function while this thread is in other namespaces, and moves the thread back before any other JavaScript can run. This is one native
// call, because a Worker may be terminated at any moment of the function, and no `finally` runs then.
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "launch/room.h"
#include "module.h"
#include "protocol/backoff.h"
#include "protocol/durations.h"
#include "protocol/protocol.h"
#include "unique_fd.h"

namespace namespawn {

// The indexes of the results in an Int32Array. lib/start/inside/with-namespace.ts uses the same ones.
enum Outcome : size_t {
  kWayIn = 0,    // 0 or the negative errno: the function was not called
  kWayBack = 1,  // 0 or the negative errno: the thread is still inside
  kSyscall = 2,
  kIndex = 3,
};

struct Failure {
  int error = 0;  // errno
  long syscall_number = 0;
  size_t index = 0;
};

static const char *NameOf(int type) {
  switch (type) {
#define NAMESPACE_CASE(name, flag, request) \
  case flag:                                \
    return #name;
    NSINIT_NAMESPACES(NAMESPACE_CASE)
#undef NAMESPACE_CASE
    default:
      return "";
  }
}

// A permitted capability may have become ineffective, for example by process.seteuid(). It is made effective for the system calls of the way
// back.
class RaisedCapabilities {
 public:
  RaisedCapabilities() {
    if (syscall(SYS_capget, &header_, before_) < 0) return;
    __user_cap_data_struct raised[_LINUX_CAPABILITY_U32S_3] = {before_[0], before_[1]};
    for (auto &set : raised) set.effective = set.permitted;
    is_raised_ = syscall(SYS_capset, &header_, raised) == 0;
  }
  RaisedCapabilities(const RaisedCapabilities &) = delete;
  RaisedCapabilities &operator=(const RaisedCapabilities &) = delete;
  ~RaisedCapabilities() {
    const int error = errno;
    if (is_raised_) syscall(SYS_capset, &header_, before_);
    errno = error;
  }

 private:
  __user_cap_header_struct header_ = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct before_[_LINUX_CAPABILITY_U32S_3] = {};
  bool is_raised_ = false;
};

// setns(2) needs memory, which may be available a moment later.
static int EnterPatiently(int fd, int type) {
  static constexpr int kAttempts = 12;
  for (int attempt = 0;; attempt++) {
    if (setns(fd, type) == 0) return 0;
    if (!lacks_memory(errno) || attempt == kAttempts) return errno;
    const int64_t pause = backoff_ns(attempt);
    const timespec time = {static_cast<time_t>(pause / NS_PER_S), static_cast<long>(pause % NS_PER_S)};
    nanosleep(&time, nullptr);
  }
}

// The namespaces that this thread is in.
class Home {
 public:
  explicit Home(const std::vector<int> &types) : types_(types) {}

  // Opens them. Returns whether that succeeded.
  bool Open(Failure *failure) {
    for (const int type : types_) {
      const std::string path = std::string("/proc/thread-self/ns/") + NameOf(type);
      namespaces_.emplace_back(WithRoom([&] { return open(path.c_str(), O_RDONLY | O_CLOEXEC); }));
      if (!namespaces_.back()) return Fail(failure, SYS_openat, namespaces_.size() - 1);
      if (type == CLONE_NEWNS && !LeaveSharedDirectories(failure, namespaces_.size() - 1)) return false;
    }
    return true;
  }

  // Enters them again, each in turn, even if one is refused. Returns whether all were entered.
  bool Return(Failure *failure) const {
    const RaisedCapabilities raised;
    bool is_back = true;
    for (size_t i = namespaces_.size(); i-- > 0;) {
      errno = EnterPatiently(namespaces_[i].get(), types_[i]);
      if (errno != 0) is_back = Fail(failure, SYS_setns, i);
      if (errno == 0 && types_[i] == CLONE_NEWNS && !ReturnToDirectories()) is_back = Fail(failure, SYS_chroot, i);
    }
    return is_back;
  }

  static bool Fail(Failure *failure, long syscall_number, size_t index) {
    *failure = {errno, syscall_number, index};
    return false;
  }

 private:
  // A thread that shares its root and its working directory with others may not enter a mount namespace. Entering one sets both to the root of
  // that namespace.
  bool LeaveSharedDirectories(Failure *failure, size_t index) {
    root_.reset(WithRoom([] { return open("/", O_PATH | O_DIRECTORY | O_CLOEXEC); }));
    if (!root_) return Fail(failure, SYS_openat, index);
    directory_.reset(WithRoom([] { return open(".", O_PATH | O_DIRECTORY | O_CLOEXEC); }));
    if (!directory_) return Fail(failure, SYS_openat, index);
    return unshare(CLONE_FS) == 0 || Fail(failure, SYS_unshare, index);
  }

  bool ReturnToDirectories() const {
    return fchdir(root_.get()) == 0 && chroot(".") == 0 && fchdir(directory_.get()) == 0;
  }

  const std::vector<int> types_;
  std::vector<UniqueFd> namespaces_;
  UniqueFd root_, directory_;
};

static bool Enter(const std::vector<int> &descriptors, const std::vector<int> &types, Failure *failure) {
  for (size_t i = 0; i < descriptors.size(); i++)
    if (setns(descriptors[i], types[i]) < 0) return Home::Fail(failure, SYS_setns, i);
  return true;
}

static std::vector<int> Numbers(const Napi::Value &value) {
  const auto array = value.As<Napi::Int32Array>();
  return {array.Data(), array.Data() + array.ElementLength()};
}

static void Write(const Failure &failure, Outcome way, Napi::Int32Array outcome) {
  outcome[way] = -failure.error;
  outcome[kSyscall] = static_cast<int>(failure.syscall_number);
  outcome[kIndex] = static_cast<int>(failure.index);
}

// withNamespace(descriptors, types, function, outcome): returns the result of the function.
static Napi::Value WithNamespace(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const std::vector<int> descriptors = Numbers(info[0]), types = Numbers(info[1]);
  auto outcome = info[3].As<Napi::Int32Array>();
  Failure failure;
  Home home(types);
  // The way back is tried once before the way in. If it is refused, the thread has not moved.
  if (!home.Open(&failure) || !home.Return(&failure)) {
    Write(failure, kWayIn, outcome);
    return env.Undefined();
  }
  napi_value result = nullptr;
  if (Enter(descriptors, types, &failure))
    napi_call_function(env, env.Undefined(), info[2], 0, nullptr, &result);
  else
    Write(failure, kWayIn, outcome);
  Failure way_back;
  if (!home.Return(&way_back)) Write(way_back, kWayBack, outcome);
  return Napi::Value(env, result);
}

void RegisterWithNamespace(Napi::Env env, Napi::Object exports) {
  Register<WithNamespace>(env, exports, "withNamespace");
}

}  // namespace namespawn
