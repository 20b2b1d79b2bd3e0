// Writes the operation EXEC in one call, because every spawn has one and its texts are long.
#include <errno.h>
#include <string.h>

#include "launch/environ.h"
#include "module.h"
#include "protocol/protocol.h"

namespace namespawn {

// Writes a text with its NUL and returns the number of bytes. The caller has made sure that there is room.
static size_t WriteText(Napi::Value text, char *to, const char *end) {
  size_t length = 0;
  napi_get_value_string_utf8(text.Env(), text, to, static_cast<size_t>(end - to), &length);
  return length + 1;
}

// writeExec(buffer, offset, line, argc, variables | undefined, count, written): `line` contains the file and the arguments, joined by NULs.
// `variables` contains NAME=value texts, joined in the same way, or is undefined for the environment of this process. Returns 0, and the
// number of bytes in written[0], an Int32Array. Returns -ENOBUFS, and the number of bytes that are needed in written[0], or -EAGAIN if the
// environment cannot be copied.
static Napi::Value WriteExec(const Napi::CallbackInfo &info) {
  auto buffer = info[0].As<Napi::Uint8Array>();
  char *const start = reinterpret_cast<char *>(buffer.Data()) + info[1].As<Napi::Number>().Uint32Value();
  const char *const end = reinterpret_cast<char *>(buffer.Data()) + buffer.ElementLength();
  auto written = info[6].As<Napi::Int32Array>();
  nsinit_operation operation = {};
  operation.code = NSINIT_OP_EXEC;
  operation.u.exec.argument_count = info[3].As<Napi::Number>().Uint32Value();
  operation.u.exec.variable_count = info[5].As<Napi::Number>().Uint32Value();
  char *next = start + sizeof operation;
  next += WriteText(info[2], next, end);
  if (!info[4].IsUndefined()) {
    if (operation.u.exec.variable_count > 0) next += WriteText(info[4], next, end);
  } else {
    const EnvironmentTexts *own = CopyEnvironment();
    if (own == nullptr) return Result(info.Env(), -1, EAGAIN);
    const size_t size = own->texts.size();
    if (size + sizeof(uint64_t) > static_cast<size_t>(end - next)) {
      written[0] = static_cast<int32_t>(static_cast<size_t>(next - start) + size + sizeof(uint64_t));
      return Result(info.Env(), -1, ENOBUFS);
    }
    memcpy(next, own->texts.data(), size);
    operation.u.exec.variable_count = own->count;
    next += size;
  }
  while ((next - start) % sizeof(uint64_t) != 0) *next++ = '\0';
  operation.size = static_cast<uint32_t>(next - start);
  memcpy(start, &operation, sizeof operation);
  written[0] = static_cast<int32_t>(operation.size);
  return Result(info.Env(), 0, 0);
}

void RegisterExecOperation(Napi::Env env, Napi::Object exports) { Register<WriteExec>(env, exports, "writeExec"); }

}  // namespace namespawn
