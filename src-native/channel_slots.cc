#include "channel_slots.h"

#include <fcntl.h>
#include <unistd.h>

#include <mutex>

namespace namespawn {

// Copying a table of this size costs about as much as moving the descriptor would.
static constexpr int kLow = 128;
static constexpr int kSlots = 16;

static std::mutex mutex;
static int slots[kSlots];
static bool is_taken[kSlots];
static int reserved = 0, placeholder = -1;

void ReserveChannelSlots() {
  std::lock_guard<std::mutex> lock(mutex);
  if (placeholder >= 0) return;
  placeholder = open("/dev/null", O_PATH | O_CLOEXEC);
  if (placeholder < 0) return;
  while (reserved < kSlots) {
    const int slot = fcntl(placeholder, F_DUPFD_CLOEXEC, 0);
    if (slot < 0) break;
    slots[reserved++] = slot;
  }
}

int MoveToChannelSlot(int fd) {
  if (fd < kLow) return fd;
  std::lock_guard<std::mutex> lock(mutex);
  for (int i = 0; i < reserved; i++) {
    if (is_taken[i] || slots[i] >= fd) continue;
    if (dup3(fd, slots[i], O_CLOEXEC) < 0) break;
    is_taken[i] = true;
    close(fd);
    return slots[i];
  }
  return fd;
}

void CloseChannelSlot(int fd) {
  std::lock_guard<std::mutex> lock(mutex);
  for (int i = 0; i < reserved; i++) {
    if (slots[i] != fd) continue;
    // The number stays reserved, and the channel's end is closed by this.
    dup3(placeholder, fd, O_CLOEXEC);
    is_taken[i] = false;
    return;
  }
  close(fd);
}

}  // namespace namespawn
