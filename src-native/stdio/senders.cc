// Where a signal of this process has come from, which neither libuv nor Node reports.
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "launch/signal_mask.h"
#include "module.h"

namespace namespawn {

static std::atomic<int> codes[NSIG];
// The handler of libuv for all signals.
static std::atomic<void (*)(int)> handler_of_libuv{nullptr};

static void Record(int signal, siginfo_t *info, void *) {
  codes[signal].store(info->si_code);
  if (void (*const handler)(int) = handler_of_libuv.load()) handler(signal);
}

// recordSender(signal): from now on isFromKernel() knows where the signal has come from. A listener of process must have been added before.
static Napi::Value RecordSender(const Napi::CallbackInfo &info) {
  const int signal = info[0].As<Napi::Number>().Int32Value();
  struct sigaction action;
  if (sigaction(signal, nullptr, &action) < 0) return info.Env().Undefined();
  const bool is_plain = (action.sa_flags & SA_SIGINFO) == 0;
  if (!is_plain || action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN) return info.Env().Undefined();
  handler_of_libuv.store(action.sa_handler);
  action.sa_sigaction = Record;
  action.sa_flags |= SA_SIGINFO;
  sigaction(signal, &action, nullptr);
  return info.Env().Undefined();
}

// isFromKernel(signal): whether the terminal, and not a process, has sent the signal that has arrived last.
static Napi::Value IsFromKernel(const Napi::CallbackInfo &info) {
  return Napi::Boolean::New(info.Env(), codes[info[0].As<Napi::Number>().Int32Value()].load() == SI_KERNEL);
}

// isForeground(fd): whether the process group of this process is the foreground group of the terminal, which controls its session.
static Napi::Value IsForeground(const Napi::CallbackInfo &info) {
  return Napi::Boolean::New(info.Env(), tcgetpgrp(info[0].As<Napi::Number>().Int32Value()) == getpgrp());
}

// setForeground(fd, group): makes a process group the foreground group of the terminal. SIGTTOU would stop a background process that does this.
static Napi::Value SetForeground(const Napi::CallbackInfo &info) {
  const SignalMask blocked;
  const int group = info[1].As<Napi::Number>().Int32Value();
  return Result(info.Env(), tcsetpgrp(info[0].As<Napi::Number>().Int32Value(), group), errno);
}

void RegisterSenders(Napi::Env env, Napi::Object exports) {
  Register<RecordSender>(env, exports, "recordSender");
  Register<IsFromKernel>(env, exports, "isFromKernel");
  Register<IsForeground>(env, exports, "isForeground");
  Register<SetForeground>(env, exports, "setForeground");
}

}  // namespace namespawn
