#include "launch/channel_slots.h"

#include <fcntl.h>
#include <unistd.h>

#include <mutex>
#include <vector>

#include "launch/room.h"

namespace namespawn {

// To copy a table of this size takes about as long as to move the descriptor.
static constexpr int kLow = 128;
static constexpr int kSlots = 16;

namespace {

struct Slot {
  int fd;
  bool is_taken;
};

struct Slots {
  std::mutex mutex;
  std::vector<Slot> slots;
  // Open files that occupy the reserved numbers are duplicates of this one. -1 if no number is reserved.
  int placeholder = -1;
};

Slots &TheSlots() {
  static auto *slots = new Slots;
  return *slots;
}

}  // namespace

void ReserveChannelSlots() {
  Slots &all = TheSlots();
  std::lock_guard<std::mutex> lock(all.mutex);
  if (all.placeholder >= 0) return;
  const int placeholder = open("/dev/null", O_PATH | O_CLOEXEC);
  if (placeholder < 0) return;
  if (IsScarce(placeholder)) {
    close(placeholder);
    return;
  }
  all.placeholder = placeholder;
  while (all.slots.size() < kSlots) {
    const int slot = fcntl(placeholder, F_DUPFD_CLOEXEC, 0);
    if (slot < 0) break;
    all.slots.push_back({slot, false});
  }
}

bool GiveChannelSlotsBack() {
  Slots &all = TheSlots();
  std::lock_guard<std::mutex> lock(all.mutex);
  if (all.placeholder < 0) return false;
  close(all.placeholder);
  all.placeholder = -1;
  std::vector<Slot> taken;
  for (const Slot &slot : all.slots) {
    if (slot.is_taken)
      taken.push_back(slot);
    else
      close(slot.fd);
  }
  all.slots.swap(taken);
  return true;
}

int MoveToChannelSlot(int fd) {
  if (fd < kLow) return fd;
  Slots &all = TheSlots();
  std::lock_guard<std::mutex> lock(all.mutex);
  for (Slot &slot : all.slots) {
    if (slot.is_taken || slot.fd >= fd) continue;
    if (dup3(fd, slot.fd, O_CLOEXEC) < 0) break;
    slot.is_taken = true;
    close(fd);
    return slot.fd;
  }
  return fd;
}

void CloseChannelSlot(int fd) {
  Slots &all = TheSlots();
  std::lock_guard<std::mutex> lock(all.mutex);
  for (auto slot = all.slots.begin(); slot != all.slots.end(); ++slot) {
    if (slot->fd != fd) continue;
    if (all.placeholder < 0) {
      all.slots.erase(slot);
      break;
    }
    // This closes the end of the channel and keeps the number reserved.
    dup3(all.placeholder, fd, O_CLOEXEC);
    slot->is_taken = false;
    return;
  }
  close(fd);
}

}  // namespace namespawn
