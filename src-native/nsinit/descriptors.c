// Gives a command its descriptors, and sends descriptors that were created inside to Node.
#include "kernel.h"
#include "nsinit.h"

// A stream of Node is non-blocking, and the command receives the same open file description. Programs expect stdio to block. libuv clears
// the flag for the descriptors 0 to 2 as well.
static void make_blocking(int descriptor) {
  const long flags = sys(fcntl, descriptor, F_GETFL);
  if (flags >= 0 && flags & O_NONBLOCK) sys(fcntl, descriptor, F_SETFL, flags & ~O_NONBLOCK);
}

// Gives the received descriptors their numbers. If a target would overwrite a source, the source is moved first.
long install_descriptors(const struct step *step) {
  const struct start *start = step->start;
  const struct nsinit_operation *operation = step->operation;
  const uint32_t count = start->descriptor_count;
  const uint32_t *targets = operation_numbers(operation, count);
  const struct received *received = start->received;
  if (targets == NULL || operation->u.descriptors.count != count) return -EPROTO;
  // A copy, because nsinit uses the original numbers to close its own descriptors. This process has a table of its own.
  int sources[NSINIT_DESCRIPTORS_MAX];
  for (uint32_t i = 0; i < count; i++)
    sources[i] = received->descriptors[received->descriptors_taken + start->descriptors_used + i];
  uint32_t above = 0;
  for (uint32_t i = 0; i < count; i++)
    if (targets[i] >= above) above = targets[i] + 1;
  for (uint32_t i = 0; i < count; i++) {
    for (uint32_t later = i + 1; later < count; later++) {
      if (sources[later] != (int)targets[i]) continue;
      const long moved = sys(fcntl, sources[later], F_DUPFD_CLOEXEC, above);
      if (moved < 0) return moved;
      sources[later] = (int)moved;
    }
    // dup3 refuses equal numbers, and FD_CLOEXEC would stay set.
    const long error =
        sources[i] == (int)targets[i] ? sys(fcntl, sources[i], F_SETFD, 0) : sys(dup3, sources[i], targets[i], 0);
    if (error < 0) return error;
    if (targets[i] <= 2) make_blocking((int)targets[i]);
  }
  return 0;
}

long send_descriptor(int channel, int descriptor) {
  char byte = 0;
  struct iovec part = {&byte, 1};
  union {
    struct cmsghdr header;
    char space[CMSG_ROOM(sizeof(int))];
  } control;
  control.header.cmsg_len = CMSG_LENGTH(sizeof(int));
  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  *(int *)(control.space + CMSG_LENGTH(0)) = descriptor;
  const struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  const long sent = sys(sendmsg, channel, &message, MSG_NOSIGNAL);
  return sent < 0 ? sent : 0;
}
