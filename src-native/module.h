// What the files that face JavaScript share. Each of them registers its functions here.
#pragma once

#include <string>
#include <vector>

#include "node_addon_api.h"

namespace namespawn {

void RegisterConstants(Napi::Env env, Napi::Object exports);
void RegisterCredentials(Napi::Env env, Napi::Object exports);
void RegisterEnvironment(Napi::Env env, Napi::Object exports);
void RegisterExecOperation(Napi::Env env, Napi::Object exports);
void RegisterFeatures(Napi::Env env, Napi::Object exports);
void RegisterKeep(Napi::Env env, Napi::Object exports);
void RegisterLandlock(Napi::Env env, Napi::Object exports);
void RegisterNsinit(Napi::Env env, Napi::Object exports);
void RegisterNetnsid(Napi::Env env, Napi::Object exports);
void RegisterNsfs(Napi::Env env, Napi::Object exports);
void RegisterOwnership(Napi::Env env, Napi::Object exports);
void RegisterPidfd(Napi::Env env, Napi::Object exports);
void RegisterProcfs(Napi::Env env, Napi::Object exports);
void RegisterReceivedSocket(Napi::Env env, Napi::Object exports);
void RegisterSocketAddress(Napi::Env env, Napi::Object exports);
void RegisterSocketCredentials(Napi::Env env, Napi::Object exports);
void RegisterSocketNetns(Napi::Env env, Napi::Object exports);
void RegisterSocketThread(Napi::Env env, Napi::Object exports);
void RegisterStdio(Napi::Env env, Napi::Object exports);
void RegisterSysClone(Napi::Env env, Napi::Object exports);
void RegisterSysNamespace(Napi::Env env, Napi::Object exports);
void RegisterSysWait(Napi::Env env, Napi::Object exports);
void RegisterTerminal(Napi::Env env, Napi::Object exports);
void RegisterWatchDirectory(Napi::Env env, Napi::Object exports);
void RegisterWatchedFd(Napi::Env env, Napi::Object exports);
void RegisterSenders(Napi::Env env, Napi::Object exports);
void RegisterUsers(Napi::Env env, Napi::Object exports);
void RegisterWithNamespace(Napi::Env env, Napi::Object exports);

// Converts the result of a system call for JavaScript: to the result, or to the negative errno, as libuv does. lib/ creates an error with
// the name of the call and a hint. `error` is a reference so that errno is read here, after a system call among the other arguments,
// because arguments are evaluated in any order.
inline Napi::Value Result(Napi::Env env, long result, const int &error) {
  return Napi::Number::New(env, result < 0 ? -error : static_cast<double>(result));
}

// Every descriptor whose number is passed to JavaScript must be passed to this function before. When the environment ends, it closes those
// that have neither been closed nor been given to a stream. Returns `fd`, which may be -1.
int Keep(int fd);
// The same for the pidfd of a child that the program has to wait for. If the Worker ends before it has done so, the reactor reaps the
// child.
void KeepChild(int pidfd);

// Reads an array of strings. Returns false if that fails because the environment is ending. The caller must then do nothing that depends on
// the strings.
inline bool ReadStrings(const Napi::Value &value, std::vector<std::string> *strings) {
  const auto array = value.As<Napi::Array>();
  const uint32_t length = array.Length();
  for (uint32_t i = 0; i < length; i++) {
    const Napi::Value element = array.Get(i);
    if (element.IsEmpty()) return false;
    strings->push_back(element.As<Napi::String>().Utf8Value());
  }
  return true;
}

template <Napi::Value (*function)(const Napi::CallbackInfo &)>
void Register(Napi::Env env, Napi::Object exports, const char *name) {
  exports.Set(name, Napi::Function::New<function>(env, name));
}

}  // namespace namespawn
