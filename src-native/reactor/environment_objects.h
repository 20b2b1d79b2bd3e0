// Objects that JavaScript knows by ids, and that are closed at the latest when their environment ends.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "node_addon_api.h"

namespace namespawn {

// `Object` has a member Close().
template <typename Object>
class EnvironmentObjects {
 public:
  // Must be called when the addon is loaded. An environment may load it twice.
  static void Register(Napi::Env env) {
    if (objects_ != nullptr) return;
    objects_ = std::make_unique<Map>();
    napi_add_env_cleanup_hook(
        env,
        [](void *) {
          for (const auto &[id, object] : *objects_) object->Close();
          objects_.reset();
        },
        nullptr);
  }

  // Returns an id that no other object of the process has.
  static int64_t NextId() {
    static std::atomic<int64_t> next_id{1};
    return next_id++;
  }

  static void Add(int64_t id, std::shared_ptr<Object> object) { objects_->emplace(id, std::move(object)); }

  // Returns null if it is closed.
  static std::shared_ptr<Object> Find(const Napi::Value &id) {
    const auto found = objects_->find(IdOf(id));
    return found == objects_->end() ? nullptr : found->second;
  }

  // Closes an object. Returns whether it was open.
  static bool Close(const Napi::Value &id) {
    const auto object = Find(id);
    if (object == nullptr) return false;
    objects_->erase(IdOf(id));
    object->Close();
    return true;
  }

 private:
  using Map = std::unordered_map<int64_t, std::shared_ptr<Object>>;

  static int64_t IdOf(const Napi::Value &id) { return id.As<Napi::Number>().Int64Value(); }

  // Belongs to the environment of this thread. It exists from the load of the addon until the environment ends.
  static thread_local std::unique_ptr<Map> objects_;
};

template <typename Object>
thread_local std::unique_ptr<typename EnvironmentObjects<Object>::Map> EnvironmentObjects<Object>::objects_;

}  // namespace namespawn
