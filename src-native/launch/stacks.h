// Stacks for cloned children. A child that does not return from its clone needs one until it has left Node's memory.
#pragma once

#include <stddef.h>

namespace namespawn {

// A stack with a guard page below it, or nullptr with errno set.
char *TakeStack();
void GiveStackBack(char *stack);

}  // namespace namespawn
