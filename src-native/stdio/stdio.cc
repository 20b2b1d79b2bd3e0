// Pipes for the stdio of a command, and functions for descriptors and terminals.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "launch/room.h"
#include "launch/signal_mask.h"
#include "module.h"
#include "unique_fd.h"

namespace namespawn {

// pipe(pair, size): writes the end for reading and the end for writing to `pair`, an Int32Array. A larger pipe causes fewer switches
// between the two processes. If the user's share of pipe memory is used up, the pipe keeps its default size.
static Napi::Value Pipe(const Napi::CallbackInfo &info) {
  int pair[2];
  if (WithRoom([&] { return pipe2(pair, O_CLOEXEC); }) < 0) return Result(info.Env(), -1, errno);
  const int size = info[1].As<Napi::Number>().Int32Value();
  if (size > 0) fcntl(pair[0], F_SETPIPE_SZ, size);
  // A command with another uid, or below sudo, opens /dev/stdout as well. The way there is /proc/PID/fd, which the kernel shows only to those
  // who may ptrace the process that has the pipe.
  fchmod(pair[0], 0666);
  for (const int fd : pair) Keep(fd);
  memcpy(info[0].As<Napi::Int32Array>().Data(), pair, sizeof pair);
  return Result(info.Env(), 0, 0);
}

// socketPair(pair): creates two connected stream sockets.
static Napi::Value SocketPair(const Napi::CallbackInfo &info) {
  int pair[2];
  if (WithRoom([&] { return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair); }) < 0)
    return Result(info.Env(), -1, errno);
  for (const int fd : pair) Keep(fd);
  memcpy(info[0].As<Napi::Int32Array>().Data(), pair, sizeof pair);
  return Result(info.Env(), 0, 0);
}

// duplicate(fd): returns another descriptor of the same file.
static Napi::Value Duplicate(const Napi::CallbackInfo &info) {
  const int fd = info[0].As<Napi::Number>().Int32Value();
  return Result(info.Env(), Keep(WithRoom([&] { return fcntl(fd, F_DUPFD_CLOEXEC, 0); })), errno);
}

// isOpen(fd): whether a descriptor is open.
static Napi::Value IsOpen(const Napi::CallbackInfo &info) {
  return Napi::Boolean::New(info.Env(), fcntl(info[0].As<Napi::Number>().Int32Value(), F_GETFD) >= 0);
}

// isReadable(fd): whether there is something to read now. It uses poll(2), because FIONREAD does not count what a terminal has not passed
// on yet.
static Napi::Value IsReadable(const Napi::CallbackInfo &info) {
  pollfd source = {info[0].As<Napi::Number>().Int32Value(), POLLIN, 0};
  return Napi::Boolean::New(info.Env(), poll(&source, 1, 0) > 0 && (source.revents & POLLIN) != 0);
}

// bytesToRead(fd): how many bytes a pipe or a stream socket contains now (FIONREAD).
static Napi::Value BytesToRead(const Napi::CallbackInfo &info) {
  int count = 0;
  ioctl(info[0].As<Napi::Number>().Int32Value(), FIONREAD, &count);
  return Napi::Number::New(info.Env(), count);
}

static Napi::Value IsTerminal(const Napi::CallbackInfo &info) {
  return Napi::Boolean::New(info.Env(), isatty(info[0].As<Napi::Number>().Int32Value()) == 1);
}

static Napi::Value OpenNull(const Napi::CallbackInfo &info) {
  return Result(info.Env(), Keep(WithRoom([] { return open("/dev/null", O_RDWR | O_CLOEXEC); })), errno);
}

// takeForeground(fd): makes the process group of this process the foreground group of the terminal again, as a shell does when a job ends.
// Signals are blocked, because SIGTTOU would stop a background process that does this.
static Napi::Value TakeForeground(const Napi::CallbackInfo &info) {
  const SignalMask blocked;
  return Result(info.Env(), tcsetpgrp(info[0].As<Napi::Number>().Int32Value(), getpgrp()), errno);
}

// terminalSettings(fd): returns the struct termios as bytes, or undefined. setTerminalSettings(fd, bytes) restores it.
static Napi::Value TerminalSettings(const Napi::CallbackInfo &info) {
  termios settings;
  if (tcgetattr(info[0].As<Napi::Number>().Int32Value(), &settings) < 0) return info.Env().Undefined();
  auto bytes = Napi::Uint8Array::New(info.Env(), sizeof settings);
  memcpy(bytes.Data(), &settings, sizeof settings);
  return bytes;
}

static Napi::Value SetTerminalSettings(const Napi::CallbackInfo &info) {
  const auto bytes = info[1].As<Napi::Uint8Array>();
  termios settings;
  if (bytes.ElementLength() != sizeof settings) return Result(info.Env(), -1, EINVAL);
  memcpy(&settings, bytes.Data(), sizeof settings);
  const SignalMask blocked;
  return Result(info.Env(), tcsetattr(info[0].As<Napi::Number>().Int32Value(), TCSADRAIN, &settings), errno);
}

void RegisterStdio(Napi::Env env, Napi::Object exports) {
  Register<Pipe>(env, exports, "pipe");
  Register<SocketPair>(env, exports, "socketPair");
  Register<Duplicate>(env, exports, "duplicate");
  Register<IsOpen>(env, exports, "isOpen");
  Register<IsReadable>(env, exports, "isReadable");
  Register<BytesToRead>(env, exports, "bytesToRead");
  Register<IsTerminal>(env, exports, "isTerminal");
  Register<OpenNull>(env, exports, "openNull");
  Register<TakeForeground>(env, exports, "takeForeground");
  Register<TerminalSettings>(env, exports, "terminalSettings");
  Register<SetTerminalSettings>(env, exports, "setTerminalSettings");
}

}  // namespace namespawn
