// Converts addresses of sockets to the form that the kernel takes.
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "module.h"

namespace namespawn {

static Napi::Value Bytes(Napi::Env env, const void *address, size_t size) {
  auto bytes = Napi::Uint8Array::New(env, size);
  memcpy(bytes.Data(), address, size);
  return bytes;
}

// socketAddress(host, port): returns a struct sockaddr, or undefined if the host is no address.
static Napi::Value SocketAddress(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const std::string host = info[0].As<Napi::String>().Utf8Value();
  const in_port_t port = htons(static_cast<uint16_t>(info[1].As<Napi::Number>().Uint32Value()));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = port;
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1) return Bytes(env, &address, sizeof address);
  sockaddr_in6 address6 = {};
  address6.sin6_family = AF_INET6;
  address6.sin6_port = port;
  if (inet_pton(AF_INET6, host.c_str(), &address6.sin6_addr) == 1) return Bytes(env, &address6, sizeof address6);
  return env.Undefined();
}

void RegisterSocketAddress(Napi::Env env, Napi::Object exports) {
  Register<SocketAddress>(env, exports, "socketAddress");
}

}  // namespace namespawn
