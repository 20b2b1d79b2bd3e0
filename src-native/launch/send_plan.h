// Sends a message to nsinit.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "failed_call.h"
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

// Sends frames and descriptors. If the frames are too large for a datagram, they are sent in a sealed memfd. `command` is the command that
// they start, or 0. Fails with EAGAIN if the channel is full.
FailedCall SendPlan(int socket, const void *data, size_t size, const int *descriptors, size_t count, uint32_t command);

// Which step has failed: to send the message, or to create what is sent.
nsinit_node_step StepOf(const FailedCall &failed);

}  // namespace namespawn
