// Stacks for cloned children. A child that does not return from its clone needs one until it has left Node's memory.
#pragma once

#include "failed_call.h"

namespace namespawn {

// Takes a stack of CHILD_STACK_SIZE bytes with a guard page below it.
FailedCall TakeStack(char **stack);
void GiveStackBack(char *stack);

}  // namespace namespawn
