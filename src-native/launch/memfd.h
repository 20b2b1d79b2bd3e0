// Memfds whose content nobody can change.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

namespace namespawn {

// With these seals the content, the size and the seals stay as they are (Linux 3.17).
constexpr int kContentSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

// Returns 0 or the negative errno; -EFBIG where the process's RLIMIT_FSIZE is too small.
inline int WriteAll(int fd, const void *data, size_t size) {
  const char *next = static_cast<const char *>(data);
  while (size > 0) {
    const ssize_t written = write(fd, next, size);
    if (written < 0) return -errno;
    next += written;
    size -= static_cast<size_t>(written);
  }
  return 0;
}

}  // namespace namespawn
