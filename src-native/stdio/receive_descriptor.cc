#include "stdio/receive_descriptor.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

namespace namespawn {

UniqueFd ReceiveDescriptor(int socket, FailedCall *failed) {
  char byte;
  iovec part = {&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  // CMSG_SPACE would leave room for two descriptors, and the second one would stay open.
  message.msg_controllen = CMSG_LEN(sizeof(int));
  const ssize_t length = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (length < 0) *failed = FailedCall::Now(SYS_recvmsg);
  if (length <= 0) return {};
  const cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
    *failed = {(message.msg_flags & MSG_CTRUNC) != 0 ? -EMFILE : -EPROTO, SYS_recvmsg};
    return {};
  }
  int received;
  memcpy(&received, CMSG_DATA(header), sizeof received);
  return UniqueFd(received);
}

}  // namespace namespawn
