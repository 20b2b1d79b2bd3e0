#include "launch/send_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <vector>

#include "launch/room.h"
#include "unique_fd.h"

namespace namespawn {

static int SendDatagram(int socket, const void *data, size_t size, const int *descriptors, size_t count) {
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
  return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

static UniqueFd SealedMemfd(const void *data, size_t size, int *failed_call) {
  *failed_call = SYS_memfd_create;
  UniqueFd memfd(WithRoom<kNsinitLocked>([] { return memfd_create("plan", MFD_CLOEXEC | MFD_ALLOW_SEALING); }));
  if (!memfd) return memfd;
  *failed_call = SYS_write;
  const char *next = static_cast<const char *>(data);
  for (size_t left = size; left > 0;) {
    const ssize_t written = write(memfd.get(), next, left);
    if (written < 0) return UniqueFd();
    next += written;
    left -= static_cast<size_t>(written);
  }
  fcntl(memfd.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
  return memfd;
}

int SendPlan(int socket, const void *data, size_t size, const int *descriptors, size_t count, uint32_t command,
             int *failed_call) {
  int ignored;
  if (failed_call == nullptr) failed_call = &ignored;
  *failed_call = SYS_sendmsg;
  if (size <= NSINIT_DATAGRAM_MAX) return SendDatagram(socket, data, size, descriptors, count);
  const UniqueFd memfd = SealedMemfd(data, size, failed_call);
  if (!memfd) return -errno;
  *failed_call = SYS_sendmsg;
  std::vector<int> all = {memfd.get()};
  all.insert(all.end(), descriptors, descriptors + count);
  nsinit_frame frame = MakeFrame(NSINIT_FRAME_MEMFD, command);
  frame.u.memfd.size = size;
  return SendDatagram(socket, &frame, sizeof frame, all.data(), all.size());
}

}  // namespace namespawn
