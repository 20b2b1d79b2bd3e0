// Determines who closes a descriptor: JavaScript, libuv once a stream has it, or the environment when it ends.
#include <errno.h>
#include <unistd.h>
#include <uv.h>

#include <memory>
#include <vector>

#include "module.h"
#include "stdio/descriptors.h"
#include "sys/sys_wait.h"

namespace namespawn {

// Belongs to the environment of this thread. It exists from the load of the addon until the environment ends.
static thread_local std::unique_ptr<Descriptors> held;

int Keep(int fd) {
  if (fd >= 0) held->Add(fd);
  return fd;
}

void KeepChild(int pidfd) { held->EntrustChild(pidfd); }

// close(fd): closes a descriptor that the addon has created in this thread. So no number can be closed twice.
static Napi::Value Close(const Napi::CallbackInfo &info) {
  const int fd = info[0].As<Napi::Number>().Int32Value();
  if (!held->Remove(fd)) return Result(info.Env(), -1, EBADF);
  return Result(info.Env(), close(fd), errno);
}

// keep(fd): for a handle of this package, which closes the descriptor by close().
static Napi::Value KeepDescriptor(const Napi::CallbackInfo &info) {
  Keep(info[0].As<Napi::Number>().Int32Value());
  return info.Env().Undefined();
}

// entrust(fd): for the program, which may close the descriptor by fs.closeSync, or create a stream of it.
static Napi::Value Entrust(const Napi::CallbackInfo &info) {
  held->Entrust(info[0].As<Napi::Number>().Int32Value());
  return info.Env().Undefined();
}

// Returns the descriptors that libuv closes with their handles.
static std::vector<int> DescriptorsOfHandles(Napi::Env env) {
  std::vector<int> descriptors;
  uv_loop_s *loop;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return descriptors;
  const auto add = [](uv_handle_t *handle, void *all) {
    uv_os_fd_t fd;
    if (uv_fileno(handle, &fd) == 0) static_cast<std::vector<int> *>(all)->push_back(fd);
  };
  uv_walk(loop, add, &descriptors);
  return descriptors;
}

// adopt(make, fd ...): calls make(), which creates streams of the descriptors, and gives the descriptors up to libuv. Returns the result of
// make().
//
// The addon makes the call because a Worker may be terminated at any moment of make(). libuv closes its handles before the addon is informed of
// that. If the stream has no handle yet, nobody else closes the descriptor; if it has one, the number may belong to another thread by then.
// Directly after make() both are still open, so that the addon can determine who owns which descriptor.
static Napi::Value Adopt(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  napi_value result = nullptr;
  if (napi_call_function(env, env.Undefined(), info[0], 0, nullptr, &result) == napi_ok) {
    for (size_t i = 1; i < info.Length(); i++) held->Remove(info[i].As<Napi::Number>().Int32Value());
    return Napi::Value(env, result);
  }
  for (const int fd : DescriptorsOfHandles(env))
    for (size_t i = 1; i < info.Length(); i++)
      if (info[i].As<Napi::Number>().Int32Value() == fd) held->Remove(fd);
  return Napi::Value();
}

void RegisterOwnership(Napi::Env env, Napi::Object exports) {
  // An environment may load the addon twice.
  if (held == nullptr) {
    held = std::make_unique<Descriptors>();
    napi_add_env_cleanup_hook(
        env,
        [](void *) {
          for (UniqueFd &child : held->CloseAll()) ReapWhenEnded(std::move(child));
          held.reset();
        },
        nullptr);
  }
  Register<Close>(env, exports, "close");
  Register<KeepDescriptor>(env, exports, "keep");
  Register<Entrust>(env, exports, "entrust");
  Register<Adopt>(env, exports, "adopt");
}

}  // namespace namespawn
