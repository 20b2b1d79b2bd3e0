// The records of a seccomp listener. They are those of linux/seccomp.h, whose older versions lack a part of them. seccomp_unotify(2)
#pragma once

#include <stdint.h>
#include <sys/ioctl.h>

namespace namespawn {

struct SeccompData {
  int32_t number;
  uint32_t architecture;  // AUDIT_ARCH_*
  uint64_t instruction_pointer;
  uint64_t arguments[6];
};

struct SeccompNotification {
  uint64_t id;
  uint32_t pid;  // of the thread, in the PID namespace of the process that receives this
  uint32_t flags;
  SeccompData data;
};

struct SeccompResponse {
  uint64_t id;
  int64_t value;
  int32_t error;  // the negative errno, or 0
  uint32_t flags;
};

struct SeccompDescriptor {
  uint64_t id;
  uint32_t flags;
  uint32_t descriptor;  // of this process
  uint32_t new_descriptor;
  uint32_t new_flags;  // O_CLOEXEC or 0
};

// The response is the number of the descriptor. Linux 5.14
constexpr uint32_t kRespondWithDescriptor = 2;

constexpr unsigned long kReceiveNotification = _IOWR('!', 0, SeccompNotification);
constexpr unsigned long kSendResponse = _IOWR('!', 1, SeccompResponse);
constexpr unsigned long kIsWaiting = _IOW('!', 2, uint64_t);
constexpr unsigned long kAddDescriptor = _IOW('!', 3, SeccompDescriptor);

}  // namespace namespawn
