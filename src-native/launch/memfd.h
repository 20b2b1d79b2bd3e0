// Memfds whose content nobody can change.
#pragma once

#include <fcntl.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "failed_call.h"

namespace namespawn {

// With these seals the content, the size and the seals stay as they are (Linux 3.17).
constexpr int kContentSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

// Fails with EFBIG if the process's RLIMIT_FSIZE is too small.
inline FailedCall WriteAll(int fd, const void *data, size_t size) {
  const char *next = static_cast<const char *>(data);
  while (size > 0) {
    const ssize_t written = write(fd, next, size);
    if (written < 0) return FailedCall::Now(SYS_write);
    next += written;
    size -= static_cast<size_t>(written);
  }
  return {};
}

}  // namespace namespawn
