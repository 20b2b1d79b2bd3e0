// Receives one descriptor that a process inside has sent.
#pragma once

#include "failed_call.h"
#include "unique_fd.h"

namespace namespawn {

// Does not wait. There is no descriptor if the other side has closed the socket, or if something has failed: EMFILE without a free number
// for it, EPROTO if the message had none. What it is, the caller has to look at: it comes from inside.
UniqueFd ReceiveDescriptor(int socket, FailedCall *failed);

}  // namespace namespawn
