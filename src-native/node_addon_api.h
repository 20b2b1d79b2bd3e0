// node-addon-api, without its calls that abort.
//
// A function of node-addon-api ends the process if a call of Node-API fails and it cannot throw an exception. Once another thread has called
// worker.terminate(), nothing can be thrown, set or created any more, whatever the addon is doing at that moment.
// NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS covers only one of the places. This file therefore replaces the macros by which the library fails,
// between its declarations and its definitions. A function that fails then throws an exception if it can, and returns an empty value. An empty
// value has no environment, so every function that is called with it fails as well, and returns 0, "" or another empty value. A function of the
// addon must read all of its arguments, and check them, before it does anything that cannot be undone. Scalars, strings and typed arrays can be
// read until the end; elements and properties cannot.
//
// scripts/check-native.sh fails if the addon refers to napi_fatal_error.
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

// Throws what the last call of Node-API has reported. Such a failure is a mistake in lib/.
inline void ThrowLastFailure(napi_env env) {
  const napi_extended_error_info *info;
  if (napi_get_last_error_info(env, &info) != napi_ok) return;
  // This fails as well if an exception is pending or the environment is ending.
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
