// namespawn/sys: clone3 and execve in one call. In between only the descriptors are set.
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <string>
#include <vector>

#include "launch/child.h"
#include "launch/room.h"
#include "launch/signal_mask.h"
#include "launch/stacks.h"
#include "module.h"
#include "protocol/clone_on_stack.h"
#include "protocol/compatibility.h"

namespace namespawn {

static std::vector<char *> Pointers(std::vector<std::string> &strings) {
  std::vector<char *> pointers;
  for (std::string &string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

// clone(path, args, env, descriptors, setTid, request): `request` is a Float64Array. It contains the flags [0], the exit signal [1] and the
// cgroup [2], and receives the PID or the negative errno [0], the pidfd [1] and the number of the system call that has failed [2].
static Napi::Value CloneAndExec(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  auto request = info[5].As<Napi::Float64Array>();
  const std::string path = info[0].As<Napi::String>().Utf8Value();
  std::vector<std::string> arguments, environment;
  if (!ReadStrings(info[1], &arguments) || !ReadStrings(info[2], &environment)) return env.Undefined();
  const std::vector<char *> argument_pointers = Pointers(arguments), environment_pointers = Pointers(environment);
  const auto descriptors = info[3].As<Napi::Int32Array>();
  const auto set_tid = info[4].As<Napi::Int32Array>();
  std::vector<int> moved(descriptors.ElementLength());
  char *stack;
  if (const FailedCall failed = TakeStack(&stack)) {
    request[0] = failed.error;
    request[2] = failed.syscall_number;
    return env.Undefined();
  }

  namespawn_exec exec = {};
  exec.clone_flags = static_cast<uint64_t>(request[0]);
  exec.exit_signal = static_cast<uint64_t>(request[1]);
  exec.path = path.c_str();
  exec.arguments = argument_pointers.data();
  exec.environment = environment_pointers.data();
  exec.descriptors = descriptors.Data();
  exec.moved_descriptors = moved.data();
  exec.descriptor_count = static_cast<uint32_t>(descriptors.ElementLength());
  exec.set_tid = set_tid.Data();
  exec.set_tid_size = set_tid.ElementLength();
  exec.cgroup = static_cast<int>(request[2]);
  exec.stack = stack;
  exec.stack_size = CHILD_STACK_SIZE;
  long pid;
  {
    const SignalMask blocked;
    exec.mask = blocked.before();
    pid = WithRoom([&] { return namespawn_clone_exec(&exec); });
  }
  GiveStackBack(stack);
  if (pid >= 0 && exec.error != 0) {
    // The child could not execute the program and has ended. It is reaped here, because the caller does not receive its PID.
    siginfo_t ended;
    waitid(WAIT_FOR_PIDFD, static_cast<id_t>(exec.pidfd), &ended, WEXITED | __WALL);
    close(exec.pidfd);
  }
  request[0] = static_cast<double>(pid < 0 || exec.error == 0 ? pid : -exec.error);
  request[1] = exec.pidfd;
  if (request[0] > 0) KeepChild(exec.pidfd);
  request[2] = pid < 0 ? SYS_clone3 : exec.syscall_number;
  return env.Undefined();
}

void RegisterSysClone(Napi::Env env, Napi::Object exports) { Register<CloneAndExec>(env, exports, "clone"); }

}  // namespace namespawn
