// One message to nsinit.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "protocol/protocol.h"

namespace namespawn {

// A frame without operations.
inline nsinit_frame MakeFrame(nsinit_frame_type type, uint32_t id = 0) {
  nsinit_frame frame = {};
  frame.type = type;
  frame.id = id;
  frame.size = sizeof frame;
  return frame;
}

// Sends frames and descriptors, or, where they are too large for a datagram, a memfd with the frames. `command`: the one that they start,
// or 0. Answers 0 or the negative errno; EAGAIN where the channel is full. `failed_call`: the number of the system call that failed.
int SendPlan(int socket, const void *data, size_t size, const int *descriptors, size_t count, uint32_t command,
             int *failed_call = nullptr);

}  // namespace namespawn
