#include "environment.h"

#include "launch.h"
#include "module.h"

namespace namespawn {

// One a thread: environments do not share theirs.
static thread_local std::shared_ptr<Environment> current;

std::shared_ptr<Environment> Environment::Of(Napi::Env) { return current; }

static void CallJavaScript(napi_env raw, napi_value handler, void *, void *data) {
  const std::unique_ptr<Event> event(static_cast<Event *>(data));
  if (raw == nullptr) return;  // the environment is ending
  Napi::Env env(raw);
  Napi::HandleScope scope(env);
  Napi::Array numbers = Napi::Array::New(env, event->numbers.size());
  for (size_t i = 0; i < event->numbers.size(); i++) numbers.Set(static_cast<uint32_t>(i), event->numbers[i]);
  Napi::Function(env, handler)
      .Call({Napi::Number::New(env, static_cast<double>(event->id)), Napi::Number::New(env, event->kind), numbers});
}

void Environment::Deliver(std::unique_ptr<Event> event) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (function_ == nullptr) return;
  if (napi_call_threadsafe_function(function_, event.get(), napi_tsfn_nonblocking) == napi_ok) event.release();
}

void Environment::Close() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (function_ == nullptr) return;
    napi_release_threadsafe_function(function_, napi_tsfn_abort);
    function_ = nullptr;
  }
  EndLaunchesOf(this);
  current.reset();
}

// connect(handler): every event of this environment goes to handler(id, kind, numbers).
Napi::Value Environment::Connect(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  auto environment = std::make_shared<Environment>();
  napi_status status =
      napi_create_threadsafe_function(env, info[0], nullptr, Napi::String::New(env, "namespawn"), 0, 1, nullptr,
                                      nullptr, nullptr, CallJavaScript, &environment->function_);
  if (status != napi_ok) return Answer(env, -1, ENOMEM);
  // Nothing under way must not keep the program alive; hold() says when something is.
  napi_unref_threadsafe_function(env, environment->function_);
  current = environment;
  // After the function's own hook, so that it runs before it: from then on the function may not be called.
  env.AddCleanupHook([environment]() { environment->Close(); });
  return Answer(env, 0, 0);
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
