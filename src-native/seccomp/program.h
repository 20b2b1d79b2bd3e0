// Runs a program of lib/seccomp/ as the kernel does.
#pragma once

#include <cstdint>
#include <vector>

#include "seccomp/notification.h"

namespace namespawn {

// struct sock_filter of linux/filter.h.
struct Instruction {
  uint16_t code;
  uint8_t if_true, if_false;
  uint32_t constant;
};

// Returns whether the program ends the process, or its thread, for this call. A program that lib/seccomp/ does not make does so as well.
bool IsForbidden(const std::vector<Instruction> &program, const SeccompData &data);

}  // namespace namespawn
