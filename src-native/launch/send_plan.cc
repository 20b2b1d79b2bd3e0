#include "launch/send_plan.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <vector>

#include "launch/memfd.h"
#include "launch/room.h"
#include "unique_fd.h"

namespace namespawn {

static FailedCall SendDatagram(int socket, const void *data, size_t size, const int *descriptors, size_t count) {
  iovec part = {const_cast<void *>(data), size};
  alignas(cmsghdr) char control[CMSG_SPACE(NSINIT_DESCRIPTORS_MAX * sizeof(int))];
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (count > 0) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(header), descriptors, count * sizeof(int));
  }
  if (sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) return FailedCall::Now(SYS_sendmsg);
  return {};
}

static FailedCall MakeMemfd(const void *data, size_t size, UniqueFd *memfd) {
  memfd->reset(WithRoom<kNsinitLocked>([] { return memfd_create("plan", MFD_CLOEXEC | MFD_ALLOW_SEALING); }));
  if (!*memfd) return FailedCall::Now(SYS_memfd_create);
  if (const FailedCall failed = WriteAll(memfd->get(), data, size)) return failed;
  if (fcntl(memfd->get(), F_ADD_SEALS, kContentSeals) < 0) return FailedCall::Now(SYS_fcntl);
  return {};
}

nsinit_node_step StepOf(const FailedCall &failed) {
  const bool is_made = failed.syscall_number == SYS_sendmsg || failed.syscall_number == -1;
  return is_made ? NSINIT_NODE_SEND : NSINIT_NODE_PLAN;
}

FailedCall SendPlan(int socket, const void *data, size_t size, const int *descriptors, size_t count, uint32_t command) {
  if (size <= NSINIT_DATAGRAM_MAX) return SendDatagram(socket, data, size, descriptors, count);
  UniqueFd memfd;
  if (const FailedCall failed = MakeMemfd(data, size, &memfd)) return failed;
  std::vector<int> all = {memfd.get()};
  all.insert(all.end(), descriptors, descriptors + count);
  nsinit_frame frame = MakeFrame(NSINIT_FRAME_MEMFD, command);
  frame.u.memfd.size = size;
  return SendDatagram(socket, &frame, sizeof frame, all.data(), all.size());
}

}  // namespace namespawn
