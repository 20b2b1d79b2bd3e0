// The network namespaces of sockets that other processes hold: one that nothing else keeps is found by no link of /proc.
#include <dirent.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "module.h"
#include "protocol/compatibility.h"
#include "unique_fd.h"

namespace namespawn {

// The network namespace of a process's socket, or an empty descriptor and errno.
static UniqueFd NetnsOf(int pidfd, int fd) {
  const UniqueFd socket(static_cast<int>(syscall(SYS_pidfd_getfd, pidfd, fd, 0)));
  return UniqueFd(socket ? ioctl(socket.get(), SIOCGSKNS) : -1);
}

// readSocketNamespaces(path of /proc/PID/fd, pid, id of its network namespace): [fd, id, fd, id ...] of the sockets that are in another one.
static Napi::Value ReadSocketNamespaces(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const std::string path = info[0].As<Napi::String>();
  const auto own = static_cast<ino_t>(info[2].As<Napi::Number>().Int64Value());
  Napi::Array found = Napi::Array::New(env);
  const std::unique_ptr<DIR, int (*)(DIR *)> directory(opendir(path.c_str()), closedir);
  const UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, info[1].As<Napi::Number>().Int32Value(), 0)));
  if (!directory || !pidfd) return found;
  uint32_t count = 0;
  char target[8];
  while (const dirent *entry = readdir(directory.get())) {
    const ssize_t length = readlinkat(dirfd(directory.get()), entry->d_name, target, sizeof target);
    if (length < 7 || memcmp(target, "socket:", 7) != 0) continue;
    const int fd = atoi(entry->d_name);
    const UniqueFd netns = NetnsOf(pidfd.get(), fd);
    struct stat status;
    // What is refused once is refused for the other sockets as well.
    if (!netns && (errno == EPERM || errno == ENOSYS)) break;
    if (!netns || fstat(netns.get(), &status) != 0 || status.st_ino == own) continue;
    found.Set(count++, Napi::Number::New(env, fd));
    found.Set(count++, Napi::Number::New(env, static_cast<double>(status.st_ino)));
  }
  return found;
}

// openSocketNamespace(pid, fd): the network namespace of the process's socket.
static Napi::Value OpenSocketNamespace(const Napi::CallbackInfo &info) {
  const UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, info[0].As<Napi::Number>().Int32Value(), 0)));
  if (!pidfd) return Result(info.Env(), -1, errno);
  UniqueFd netns = NetnsOf(pidfd.get(), info[1].As<Napi::Number>().Int32Value());
  const int error = errno;
  return Result(info.Env(), netns ? Keep(netns.release()) : -1, error);
}

void RegisterSocketNetns(Napi::Env env, Napi::Object exports) {
  Register<ReadSocketNamespaces>(env, exports, "readSocketNamespaces");
  Register<OpenSocketNamespace>(env, exports, "openSocketNamespace");
}

}  // namespace namespawn
