// The environment of this process.
#pragma once

#include <stddef.h>

#include <string>

namespace namespawn {

struct EnvironmentTexts {
  size_t count = 0;
  std::string texts;  // NAME=value, each with a NUL at its end
};

// Returns the present environment, which is valid until the next call in this thread, or null if it cannot be copied.
const EnvironmentTexts *CopyEnvironment();

}  // namespace namespawn
