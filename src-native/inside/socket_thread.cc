// Creates a socket in another net namespace on a thread that ends afterwards. Node's own threads never enter that namespace.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "failed_call.h"
#include "launch/room.h"
#include "launch/signal_mask.h"
#include "module.h"
#include "protocol/inside_socket.h"

namespace namespawn {

struct Job {
  int net;  // -1 stands for the namespace of the calling thread
  inside_socket wanted;
  long fd;  // out: the socket, or the negative errno
  int failed_call;
};

static void *Run(void *argument) {
  auto *job = static_cast<Job *>(argument);
  if (job->net >= 0 && setns(job->net, CLONE_NEWNET) < 0) {
    job->fd = -errno;
    job->failed_call = SYS_setns;
  } else {
    job->fd = make_inside_socket(&job->wanted, &job->failed_call);
  }
  return nullptr;
}

static long RunInThread(Job *job) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  pthread_t thread;
  int error;
  {
    // Only Node's threads handle signals.
    const SignalMask blocked;
    error = pthread_create(&thread, &attributes, Run, job);
  }
  pthread_attr_destroy(&attributes);
  if (error != 0) {
    job->failed_call = kPthreadCreate;
    return -error;
  }
  pthread_join(thread, nullptr);
  return job->fd;
}

// openSocket(net, type, flags, address, failed): returns the descriptor or the negative errno, and writes the number of the failed system call to
// failed[0].
static Napi::Value OpenSocket(const Napi::CallbackInfo &info) {
  const auto address = info[3].As<Napi::Uint8Array>();
  Job job = {};
  job.net = info[0].As<Napi::Number>().Int32Value();
  job.wanted = {info[1].As<Napi::Number>().Uint32Value(), info[2].As<Napi::Number>().Uint32Value(), address.Data(),
                static_cast<uint32_t>(address.ByteLength())};
  auto failed = info[4].As<Napi::Int32Array>();
  const long fd = WithRoom([&] { return job.net < 0 ? (Run(&job), job.fd) : RunInThread(&job); });
  failed[0] = job.failed_call;
  if (fd < 0) return Napi::Number::New(info.Env(), static_cast<double>(fd));
  return Napi::Number::New(info.Env(), Keep(static_cast<int>(fd)));
}

// replace(fd, by): makes the descriptor of a stream refer to another file, which keeps its own descriptor as well.
static Napi::Value Replace(const Napi::CallbackInfo &info) {
  const int by = info[1].As<Napi::Number>().Int32Value();
  return Result(info.Env(), dup3(by, info[0].As<Napi::Number>().Int32Value(), O_CLOEXEC), errno);
}

void RegisterSocketThread(Napi::Env env, Napi::Object exports) {
  Register<OpenSocket>(env, exports, "openSocket");
  Register<Replace>(env, exports, "replace");
}

}  // namespace namespawn
