// node-addon-api, without its abort.
//
// Each of its functions ends the process where a call fails and the failure cannot be thrown: and nothing can be thrown, or set, or made
// any more from the moment at which another thread calls worker.terminate(), in the middle of whatever the addon does.
// NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS mends one place of them all. So the macros by which the library fails are replaced between
// its declarations and its definitions: what fails throws if it can, and answers an empty value. An empty value has no
// environment, and all that is asked of it fails likewise, and answers 0, "" or another empty value. Before a function does what
// cannot be undone it has read all of its arguments, and looked whether they are there: scalars, strings and typed arrays can be read
// to the end, elements and properties cannot.
//
// scripts/check-native.sh fails where the addon refers to napi_fatal_error after all.
#pragma once

#define SRC_NAPI_INL_H_
#include <napi.h>
#undef SRC_NAPI_INL_H_

#if !defined(NAPI_THROW) || !defined(NAPI_THROW_VOID) || !defined(NAPI_THROW_IF_FAILED) || \
    !defined(NAPI_THROW_IF_FAILED_VOID) || !defined(NAPI_CHECK) || !defined(NAPI_INTERNAL_CHECK)
#error "node-addon-api fails by other macros than those that are replaced here"
#endif
#undef NAPI_THROW
#undef NAPI_THROW_VOID
#undef NAPI_THROW_IF_FAILED
#undef NAPI_THROW_IF_FAILED_VOID
#undef NAPI_CHECK
#undef NAPI_INTERNAL_CHECK

namespace namespawn {

// What the last call says that failed: a mistake of lib/'s, which is told as an exception.
inline void ThrowLastFailure(napi_env env) {
  const napi_extended_error_info *info;
  if (napi_get_last_error_info(env, &info) != napi_ok) return;
  // Fails in its turn where an exception is pending, or where the environment is ending.
  napi_throw_type_error(env, nullptr, info->error_message);
}

}  // namespace namespawn

#define NAPI_THROW(error, ...) return __VA_ARGS__
#define NAPI_THROW_VOID(error) return
#define NAPI_THROW_IF_FAILED(env, status, ...) \
  if ((status) != napi_ok) {                   \
    namespawn::ThrowLastFailure(env);          \
    return __VA_ARGS__;                        \
  }
#define NAPI_THROW_IF_FAILED_VOID(env, status) \
  if ((status) != napi_ok) {                   \
    namespawn::ThrowLastFailure(env);          \
    return;                                    \
  }
#define NAPI_CHECK(condition, location, message) static_cast<void>(condition)
#define NAPI_INTERNAL_CHECK(condition, location, ...) static_cast<void>(condition)

#include <napi-inl.h>
