#include "reactor/environment.h"

#include <algorithm>

#include "launch/nsinit.h"
#include "module.h"

namespace namespawn {

// One a thread: environments do not share theirs.
static thread_local std::shared_ptr<Environment> current;

std::shared_ptr<Environment> Environment::Of(Napi::Env) { return current; }

// `context` is the memory of the array that connect() answered.
static void CallJavaScript(napi_env raw, napi_value handler, void *context, void *data) {
  const std::unique_ptr<Event> event(static_cast<Event *>(data));
  if (raw == nullptr) return;  // the environment is ending
  auto *numbers = static_cast<double *>(context);
  *numbers++ = static_cast<double>(event->id);
  *numbers++ = event->kind;
  std::copy(event->numbers.begin(), event->numbers.end(), numbers);
  // Not through node-addon-api, which aborts where a call fails: an event may come while the environment is
  // being torn down, when nothing can be called any more.
  napi_value receiver;
  if (napi_get_undefined(raw, &receiver) != napi_ok) return;
  if (napi_call_function(raw, receiver, handler, 0, nullptr, nullptr) != napi_pending_exception) return;
  // What a listener throws. Left pending it would be a deprecation warning (DEP0168) and nothing more.
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
  // Node does not free it with the environment: 40 bytes of each Worker stayed.
  napi_delete_reference(env, event_);
  EndNsinitsOf(this);
  current.reset();
}

// connect(handler): every event of this environment calls handler(). Answers the Float64Array in which the event is then: [0] the id,
// [1] the kind, and the numbers.
Napi::Value Environment::Connect(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  auto environment = std::make_shared<Environment>();
  auto event = Napi::Float64Array::New(env, 2 + Event::kNumbersMax);
  if (event.IsEmpty()) return env.Undefined();
  napi_status status =
      napi_create_threadsafe_function(env, info[0], nullptr, Napi::String::New(env, "namespawn"), 0, 1, nullptr,
                                      nullptr, event.Data(), CallJavaScript, &environment->function_);
  if (status != napi_ok) {
    ThrowLastFailure(env);
    return env.Undefined();
  }
  // Events are written to its memory as long as the environment is there, whether or not JavaScript still holds it.
  napi_create_reference(env, event, 1, &environment->event_);
  // Nothing under way must not keep the program alive; hold() says when something is.
  napi_unref_threadsafe_function(env, environment->function_);
  current = environment;
  // After the function's own hook, so that it runs before it: from then on the function may not be called.
  env.AddCleanupHook([environment, raw = napi_env(env)]() { environment->Close(raw); });
  return event;
}

// hold(yes): whether the event loop stays alive for this environment's children.
Napi::Value Environment::Hold(const Napi::CallbackInfo &info) {
  if (current == nullptr || current->function_ == nullptr) return info.Env().Undefined();
  if (info[0].As<Napi::Boolean>().Value())
    napi_ref_threadsafe_function(info.Env(), current->function_);
  else
    napi_unref_threadsafe_function(info.Env(), current->function_);
  return info.Env().Undefined();
}

void RegisterEnvironment(Napi::Env env, Napi::Object exports) {
  Register<Environment::Connect>(env, exports, "connect");
  Register<Environment::Hold>(env, exports, "hold");
}

}  // namespace namespawn
