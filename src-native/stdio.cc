// Pipes for a command's stdio, and what is done to descriptors and terminals.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "module.h"
#include "signal_mask.h"

namespace namespawn {

// pipe(pair, size): pair, an Int32Array, gets the end to read and the end to write. A larger pipe means fewer changes
// between the two processes; where the user's share of pipe memory is used up it stays as it is.
static Napi::Value Pipe(const Napi::CallbackInfo &info) {
  int pair[2];
  if (pipe2(pair, O_CLOEXEC) < 0) return Answer(info.Env(), -1, errno);
  const int size = info[1].As<Napi::Number>().Int32Value();
  if (size > 0) fcntl(pair[0], F_SETPIPE_SZ, size);
  memcpy(info[0].As<Napi::Int32Array>().Data(), pair, sizeof pair);
  return Answer(info.Env(), 0, 0);
}

// socketPair(pair): two connected stream sockets.
static Napi::Value SocketPair(const Napi::CallbackInfo &info) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) return Answer(info.Env(), -1, errno);
  memcpy(info[0].As<Napi::Int32Array>().Data(), pair, sizeof pair);
  return Answer(info.Env(), 0, 0);
}

static Napi::Value Close(const Napi::CallbackInfo &info) {
  return Answer(info.Env(), close(info[0].As<Napi::Number>().Int32Value()), errno);
}

// Whether a descriptor is open.
static Napi::Value IsOpen(const Napi::CallbackInfo &info) {
  return Napi::Boolean::New(info.Env(), fcntl(info[0].As<Napi::Number>().Int32Value(), F_GETFD) >= 0);
}

// available(fd): how many bytes could be read at once.
static Napi::Value Available(const Napi::CallbackInfo &info) {
  int count = 0;
  const int error = ioctl(info[0].As<Napi::Number>().Int32Value(), FIONREAD, &count);
  return Answer(info.Env(), error < 0 ? -1 : count, errno);
}

static Napi::Value IsTerminal(const Napi::CallbackInfo &info) {
  return Napi::Boolean::New(info.Env(), isatty(info[0].As<Napi::Number>().Int32Value()) == 1);
}

static Napi::Value OpenNull(const Napi::CallbackInfo &info) {
  return Answer(info.Env(), open("/dev/null", O_RDWR | O_CLOEXEC), errno);
}

// takeForeground(fd): makes this process's group the terminal's foreground one again, as a shell does when a job ends. A
// background process that asks for it would be stopped by SIGTTOU.
static Napi::Value TakeForeground(const Napi::CallbackInfo &info) {
  const SignalMask blocked;
  return Answer(info.Env(), tcsetpgrp(info[0].As<Napi::Number>().Int32Value(), getpgrp()), errno);
}

// terminalSettings(fd): the struct termios as bytes, or undefined; setTerminalSettings(fd, bytes) restores them.
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
  if (bytes.ElementLength() != sizeof settings) return Answer(info.Env(), -1, EINVAL);
  memcpy(&settings, bytes.Data(), sizeof settings);
  const SignalMask blocked;
  return Answer(info.Env(), tcsetattr(info[0].As<Napi::Number>().Int32Value(), TCSADRAIN, &settings), errno);
}

void RegisterStdio(Napi::Env env, Napi::Object exports) {
  Register<Pipe>(env, exports, "pipe");
  Register<SocketPair>(env, exports, "socketPair");
  Register<Close>(env, exports, "close");
  Register<IsOpen>(env, exports, "isOpen");
  Register<Available>(env, exports, "available");
  Register<IsTerminal>(env, exports, "isTerminal");
  Register<OpenNull>(env, exports, "openNull");
  Register<TakeForeground>(env, exports, "takeForeground");
  Register<TerminalSettings>(env, exports, "terminalSettings");
  Register<SetTerminalSettings>(env, exports, "setTerminalSettings");
}

}  // namespace namespawn
