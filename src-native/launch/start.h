#pragma once

#include "node_addon_api.h"

namespace namespawn {

Napi::Value LaunchNsinit(const Napi::CallbackInfo &info);
Napi::Value SpawnInSandbox(const Napi::CallbackInfo &info);

}  // namespace namespawn
