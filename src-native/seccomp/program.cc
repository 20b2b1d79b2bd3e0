#include "seccomp/program.h"

#include <string.h>

namespace namespawn {

// linux/bpf_common.h: the instructions that lib/seccomp/assembler.ts uses.
enum Code : uint16_t {
  kLoad = 0x20,
  kJump = 0x05,
  kJumpEqual = 0x15,
  kJumpGreater = 0x25,
  kJumpAtLeast = 0x35,
  kAnd = 0x54,
  kReturn = 0x06
};

constexpr uint32_t kKillProcess = 0x80000000, kKillThread = 0, kActionMask = 0xffff0000;

static uint32_t Run(const std::vector<Instruction> &program, const SeccompData &data) {
  uint32_t accumulator = 0;
  // Jumps go forwards only, so this ends.
  for (size_t at = 0; at < program.size(); at++) {
    const Instruction &now = program[at];
    switch (now.code) {
      case kLoad:
        if (now.constant > sizeof data - sizeof accumulator) return kKillProcess;
        memcpy(&accumulator, reinterpret_cast<const char *>(&data) + now.constant, sizeof accumulator);
        break;
      case kJump:
        at += now.constant;
        break;
      case kJumpEqual:
        at += accumulator == now.constant ? now.if_true : now.if_false;
        break;
      case kJumpGreater:
        at += accumulator > now.constant ? now.if_true : now.if_false;
        break;
      case kJumpAtLeast:
        at += accumulator >= now.constant ? now.if_true : now.if_false;
        break;
      case kAnd:
        accumulator &= now.constant;
        break;
      case kReturn:
        return now.constant;
      default:
        return kKillProcess;
    }
  }
  return kKillProcess;
}

bool IsForbidden(const std::vector<Instruction> &program, const SeccompData &data) {
  const uint32_t action = Run(program, data) & kActionMask;
  return action == kKillProcess || action == kKillThread;
}

}  // namespace namespawn
