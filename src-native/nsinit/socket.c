// Creates a socket in the net namespace that nsinit has joined, and sends it to Node. This nsinit starts no command. It is not dumpable since
// before it has joined a namespace, so no process inside can access its memory.
#include "../protocol/inside_socket.h"
#include "kernel.h"
#include "nsinit.h"

long send_socket(const struct step *step) {
  const struct nsinit_operation *operation = step->operation;
  const uint64_t size = operation->u.socket.address_size;
  if (size < sizeof(uint16_t) || size > INSIDE_SOCKET_ADDRESS_MAX) return -EPROTO;
  const void *address = operation_numbers(operation, (size + sizeof(uint32_t) - 1) / sizeof(uint32_t));
  if (address == NULL) return -EPROTO;
  const long channel = take_descriptor(step->received);
  if (channel < 0) return channel;
  const struct inside_socket wanted = {(uint32_t)operation->u.socket.type, (uint32_t)operation->u.socket.flags, address,
                                       (uint32_t)size};
  int failed_call;
  const long socket = make_inside_socket(&wanted, &failed_call);
  if (socket < 0) failed_syscall = failed_call;
  const long error = socket < 0 ? socket : send_descriptor((int)channel, (int)socket);
  if (socket >= 0) sys(close, socket);
  sys(close, channel);
  return error;
}
