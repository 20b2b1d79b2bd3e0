// This process's environment.
#pragma once

#include <stddef.h>

#include <string>

namespace namespawn {

struct EnvironmentTexts {
  size_t count = 0;
  std::string texts;  // NAME=value, each closed by a NUL
};

// The environment as it is now; valid until this thread asks again. Null where it cannot be copied.
const EnvironmentTexts *CopyEnvironment();

}  // namespace namespawn
