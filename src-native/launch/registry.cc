// All nsinits that Node has cloned and not yet reaped.
#include <unordered_map>

#include "launch/nsinit.h"

namespace namespawn {

namespace {

struct Registry {
  std::mutex mutex;
  std::unordered_map<int64_t, std::shared_ptr<Nsinit>> by_id;
  int64_t next_id = 1;
};

// Never destroyed, because the reactor thread outlives static destructors.
Registry &TheRegistry() {
  static auto *registry = new Registry;
  return *registry;
}

}  // namespace

void Nsinit::Register() {
  Registry &registry = TheRegistry();
  std::lock_guard<std::mutex> lock(registry.mutex);
  id_ = registry.next_id++;
  registry.by_id.emplace(id_, shared_from_this());
}

void Nsinit::Unregister() {
  Registry &registry = TheRegistry();
  std::lock_guard<std::mutex> lock(registry.mutex);
  registry.by_id.erase(id_);
}

std::shared_ptr<Nsinit> Nsinit::Find(int64_t id) {
  Registry &registry = TheRegistry();
  std::lock_guard<std::mutex> lock(registry.mutex);
  const auto found = registry.by_id.find(id);
  return found == registry.by_id.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Nsinit>> Nsinit::All() {
  Registry &registry = TheRegistry();
  std::lock_guard<std::mutex> lock(registry.mutex);
  std::vector<std::shared_ptr<Nsinit>> all;
  for (const auto &[id, nsinit] : registry.by_id) all.push_back(nsinit);
  return all;
}

void EndNsinitsOf(const Environment *environment) {
  for (const auto &nsinit : Nsinit::All())
    if (nsinit->BelongsTo(environment)) nsinit->EndWithNode();
}

}  // namespace namespawn
