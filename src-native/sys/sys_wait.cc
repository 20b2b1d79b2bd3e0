// namespawn/sys: waitid and pidfds.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

#include "launch/room.h"
#include "module.h"
#include "protocol/compatibility.h"
#include "reactor/environment.h"
#include "reactor/reactor.h"
#include "sys/sys_wait.h"
#include "unique_fd.h"

namespace namespawn {

// Writes the results of waitid(2) in the order in which lib/sys/wait.ts reads them. Returns 0 or the negative errno.
static int WaitId(int type, int id, int options, double *numbers) {
  siginfo_t info = {};
  rusage usage = {};
  // The system call returns the usage as well; glibc's function does not.
  if (syscall(SYS_waitid, type, id, &info, options, &usage) < 0) return -errno;
  numbers[0] = info.si_pid;
  numbers[1] = info.si_uid;
  numbers[2] = info.si_code;
  numbers[3] = info.si_status;
  numbers[4] = static_cast<double>(usage.ru_utime.tv_sec) * 1e6 + static_cast<double>(usage.ru_utime.tv_usec);
  numbers[5] = static_cast<double>(usage.ru_stime.tv_sec) * 1e6 + static_cast<double>(usage.ru_stime.tv_usec);
  numbers[6] = static_cast<double>(usage.ru_maxrss);
  numbers[7] = static_cast<double>(usage.ru_minflt);
  numbers[8] = static_cast<double>(usage.ru_majflt);
  numbers[9] = static_cast<double>(usage.ru_inblock);
  numbers[10] = static_cast<double>(usage.ru_oublock);
  numbers[11] = static_cast<double>(usage.ru_nvcsw);
  numbers[12] = static_cast<double>(usage.ru_nivcsw);
  return 0;
}

static constexpr size_t kNumbers = 13;

// waitid(type, id, options, result): fills `result`, a Float64Array.
static Napi::Value WaitIdNow(const Napi::CallbackInfo &info) {
  const int error = WaitId(info[0].As<Napi::Number>().Int32Value(), info[1].As<Napi::Number>().Int32Value(),
                           info[2].As<Napi::Number>().Int32Value(), info[3].As<Napi::Float64Array>().Data());
  return Result(info.Env(), error, -error);
}

// Waits for the end of a process without using a thread: its pidfd becomes readable then.
class ExitWatcher final : public Watcher {
 public:
  ExitWatcher(std::shared_ptr<Environment> environment, UniqueFd pidfd, int options, int64_t id)
      : environment_(std::move(environment)), pidfd_(std::move(pidfd)), options_(options), id_(id) {}

  void Start(std::shared_ptr<Watcher> self) {
    // The reactor may call HandleEvent() before the key is known. It waits for this lock then.
    std::lock_guard<std::mutex> lock(mutex_);
    key_ = WatchPidfd(pidfd_.get(), std::move(self), 0);
  }

  void HandleEvent(uint32_t) override {
    std::lock_guard<std::mutex> lock(mutex_);
    std::vector<double> numbers(kNumbers);
    const int error = WaitId(WAIT_FOR_PIDFD, pidfd_.get(), options_ | WNOHANG, numbers.data());
    if (error == 0 && numbers[0] == 0) return;
    Unwatch(key_);
    if (environment_ == nullptr) return;
    auto event = std::make_unique<Event>();
    event->id = id_;
    event->kind = Event::kWaited;
    event->numbers = std::move(numbers);
    event->numbers.insert(event->numbers.begin(), error);
    environment_->Deliver(std::move(event));
  }

 private:
  const std::shared_ptr<Environment> environment_;  // null if no event is delivered
  const UniqueFd pidfd_;
  const int options_;
  const int64_t id_;
  std::mutex mutex_;
  int64_t key_ = 0;
};

void ReapWhenEnded(UniqueFd pidfd) {
  if (StartReactor()) return;
  const auto watcher = std::make_shared<ExitWatcher>(nullptr, std::move(pidfd), WEXITED | __WALL, 0);
  watcher->Start(watcher);
}

// waitForExit(pidfd, options): returns the id of the future event, or the negative errno. The reactor must have been started.
static Napi::Value WaitForExit(const Napi::CallbackInfo &info) {
  static std::atomic<int64_t> next_id{1};
  Napi::Env env = info.Env();
  // The watcher uses a copy, because the caller may close its descriptor meanwhile.
  const int given = info[0].As<Napi::Number>().Int32Value();
  UniqueFd pidfd(WithRoom([&] { return fcntl(given, F_DUPFD_CLOEXEC, 0); }));
  if (!pidfd) return Result(env, -1, errno);
  const int64_t id = next_id++;
  auto watcher = std::make_shared<ExitWatcher>(Environment::Of(env), std::move(pidfd),
                                               info[1].As<Napi::Number>().Int32Value(), id);
  watcher->Start(watcher);
  return Result(env, id, 0);
}

static Napi::Value PidfdOpen(const Napi::CallbackInfo &info) {
  const int pid = info[0].As<Napi::Number>().Int32Value();
  const unsigned flags = info[1].As<Napi::Number>().Uint32Value();
  const long pidfd = WithRoom([&] { return syscall(SYS_pidfd_open, pid, flags); });
  return Result(info.Env(), Keep(static_cast<int>(pidfd)), errno);
}

static Napi::Value PidfdSendSignal(const Napi::CallbackInfo &info) {
  return Result(info.Env(),
                syscall(SYS_pidfd_send_signal, info[0].As<Napi::Number>().Int32Value(),
                        info[1].As<Napi::Number>().Int32Value(), nullptr, info[2].As<Napi::Number>().Uint32Value()),
                errno);
}

void RegisterSysWait(Napi::Env env, Napi::Object exports) {
  Register<WaitIdNow>(env, exports, "waitid");
  Register<WaitForExit>(env, exports, "waitForExit");
  Register<PidfdOpen>(env, exports, "pidfdOpen");
  Register<PidfdSendSignal>(env, exports, "pidfdSendSignal");
}

}  // namespace namespawn
