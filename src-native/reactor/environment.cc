#include "reactor/environment.h"

#include <algorithm>

#include "launch/nsinit.h"
#include "module.h"
#include "reactor/reactor.h"

namespace namespawn {

// Each thread has its own, because every environment has its own thread.
static thread_local std::shared_ptr<Environment> current;

std::shared_ptr<Environment> Environment::Of(Napi::Env) { return current; }

// `context` is the memory of the array that connect() has returned.
static void CallJavaScript(napi_env raw, napi_value handler, void *context, void *data) {
  const std::unique_ptr<Event> event(static_cast<Event *>(data));
  if (raw == nullptr) return;  // the environment is ending
  auto *numbers = static_cast<double *>(context);
  *numbers++ = static_cast<double>(event->id);
  *numbers++ = event->kind;
  std::copy(event->numbers.begin(), event->numbers.end(), numbers);
  // This does not use node-addon-api, which aborts if a call fails. An event may arrive while the environment ends, when no call succeeds
  // any more.
  napi_value receiver;
  if (napi_get_undefined(raw, &receiver) != napi_ok) return;
  if (napi_call_function(raw, receiver, handler, 0, nullptr, nullptr) != napi_pending_exception) return;
  // An exception of a listener. If it stayed pending, Node would only emit a deprecation warning (DEP0168).
  napi_value thrown;
  if (napi_get_and_clear_last_exception(raw, &thrown) == napi_ok) napi_fatal_exception(raw, thrown);
}

void Environment::Deliver(std::unique_ptr<Event> event) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (function_ == nullptr || event->numbers.size() > Event::kNumbersMax) return;
  if (napi_call_threadsafe_function(function_, event.get(), napi_tsfn_nonblocking) == napi_ok) event.release();
}

void Environment::Close(napi_env env) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (function_ == nullptr) return;
    napi_release_threadsafe_function(function_, napi_tsfn_abort);
    function_ = nullptr;
  }
  // Node does not free the reference with the environment: each Worker would leak 40 bytes.
  napi_delete_reference(env, event_);
  EndNsinitsOf(this);
  current.reset();
}

// connect(handler, resource): calls handler() for each event of this environment. async_hooks know the function by the object `resource`.
// Returns the Float64Array that then contains the event: the id at [0], the kind at [1], and the numbers.
Napi::Value Environment::Connect(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  auto environment = std::make_shared<Environment>();
  auto event = Napi::Float64Array::New(env, 2 + Event::kNumbersMax);
  if (event.IsEmpty()) return env.Undefined();
  napi_status status =
      napi_create_threadsafe_function(env, info[0], info[1], Napi::String::New(env, "namespawn"), 0, 1, nullptr,
                                      nullptr, event.Data(), CallJavaScript, &environment->function_);
  if (status != napi_ok) {
    ThrowLastFailure(env);
    return env.Undefined();
  }
  // Events are written to the memory of the array as long as the environment exists, even if JavaScript no longer refers to the array.
  napi_create_reference(env, event, 1, &environment->event_);
  // By default the thread-safe function does not keep the program alive. hold() changes that.
  napi_unref_threadsafe_function(env, environment->function_);
  current = environment;
  // The hooks run in reverse order, so this one runs before that of the function. Afterwards the function must not be called.
  env.AddCleanupHook([environment, raw = napi_env(env)]() { environment->Close(raw); });
  return event;
}

// hold(yes): whether the event loop stays alive for the children of this environment.
Napi::Value Environment::Hold(const Napi::CallbackInfo &info) {
  if (current == nullptr || current->function_ == nullptr) return info.Env().Undefined();
  if (info[0].As<Napi::Boolean>().Value())
    napi_ref_threadsafe_function(info.Env(), current->function_);
  else
    napi_unref_threadsafe_function(info.Env(), current->function_);
  return info.Env().Undefined();
}

// startReactor(): starts the reactor's thread if it does not run. Returns undefined, or [negative errno, number of the system call].
static Napi::Value StartReactorThread(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const FailedCall failed = StartReactor();
  if (!failed) return env.Undefined();
  Napi::Array result = Napi::Array::New(env, 2);
  result.Set(0u, Napi::Number::New(env, failed.error));
  result.Set(1u, Napi::Number::New(env, failed.syscall_number));
  return result;
}

void RegisterEnvironment(Napi::Env env, Napi::Object exports) {
  Register<Environment::Connect>(env, exports, "connect");
  Register<Environment::Hold>(env, exports, "hold");
  Register<StartReactorThread>(env, exports, "startReactor");
}

}  // namespace namespawn
