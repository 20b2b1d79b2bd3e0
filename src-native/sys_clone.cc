// namespawn/sys: clone3 and execve in one, with nothing in between but the descriptors.
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>

#include <string>
#include <vector>

#include "child.h"
#include "module.h"
#include "room.h"
#include "signal_mask.h"
#include "stacks.h"

namespace namespawn {

static std::vector<char *> Pointers(std::vector<std::string> &strings) {
  std::vector<char *> pointers;
  for (std::string &string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

// clone(flags, exitSignal, path, args, env, descriptors, setTid, cgroup, result): result, an Int32Array, gets [0] the PID
// or the negative errno, [1] the pidfd, [2] the system call that failed.
static Napi::Value CloneAndExec(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  auto result = info[8].As<Napi::Int32Array>();
  const std::string path = info[2].As<Napi::String>().Utf8Value();
  std::vector<std::string> arguments, environment;
  if (!ReadStrings(info[3], &arguments) || !ReadStrings(info[4], &environment)) return env.Undefined();
  const std::vector<char *> argument_pointers = Pointers(arguments), environment_pointers = Pointers(environment);
  const auto descriptors = info[5].As<Napi::Int32Array>();
  const auto set_tid = info[6].As<Napi::Int32Array>();
  std::vector<int> moved(descriptors.ElementLength());
  char *stack = TakeStack();
  if (stack == nullptr) {
    result[0] = -errno;
    result[2] = SYS_mmap;
    return env.Undefined();
  }

  namespawn_exec exec = {};
  exec.clone_flags = static_cast<uint64_t>(info[0].As<Napi::Number>().Int64Value());
  exec.exit_signal = info[1].As<Napi::Number>().Uint32Value();
  exec.path = path.c_str();
  exec.arguments = argument_pointers.data();
  exec.environment = environment_pointers.data();
  exec.descriptors = descriptors.Data();
  exec.moved_descriptors = moved.data();
  exec.descriptor_count = static_cast<uint32_t>(descriptors.ElementLength());
  exec.set_tid = set_tid.Data();
  exec.set_tid_size = set_tid.ElementLength();
  exec.cgroup = info[7].As<Napi::Number>().Int32Value();
  exec.stack = stack;
  exec.stack_size = kStackSize;
  long pid;
  {
    const SignalMask blocked;
    exec.mask = blocked.before();
    pid = WithRoom([&] { return namespawn_clone_exec(&exec); });
  }
  GiveStackBack(stack);
  if (pid >= 0 && exec.error != 0) {
    // It is gone already; whoever called never hears of it.
    siginfo_t ended;
    syscall(SYS_waitid, 3 /* P_PIDFD */, exec.pidfd, &ended, 4 /* WEXITED */ | 0x40000000 /* __WALL */, nullptr);
    close(exec.pidfd);
  }
  result[0] = pid < 0 ? static_cast<int32_t>(pid) : exec.error != 0 ? -exec.error : static_cast<int32_t>(pid);
  result[1] = exec.pidfd;
  if (result[0] > 0) KeepChild(exec.pidfd);
  result[2] = pid < 0 ? SYS_clone3 : exec.syscall_number;
  return env.Undefined();
}

void RegisterSysClone(Napi::Env env, Napi::Object exports) { Register<CloneAndExec>(env, exports, "clone"); }

}  // namespace namespawn
