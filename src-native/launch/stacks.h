// Stacks for cloned children. A child needs its own stack until it has left Node's memory, because it does not return from its clone.
#pragma once

#include "failed_call.h"

namespace namespawn {

// Returns a stack of CHILD_STACK_SIZE bytes with a guard page below it in `stack`.
FailedCall TakeStack(char **stack);
void GiveStackBack(char *stack);

}  // namespace namespawn
