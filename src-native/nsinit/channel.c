// The channel to Node: receives datagrams, and sends reports.

#include "../protocol/backoff.h"
#include "kernel.h"
#include "nsinit.h"

// Whether a call may succeed later, because the kernel lacks memory, or room in a queue or in the table of open files.
static int is_transient(long error) {
  return lacks_memory((int)-error) || error == -EAGAIN || error == -EINTR || error == -ENFILE;
}

// Waits before a further attempt. Returns 0 after four seconds in all.
static int may_try_again(int attempt) {
  if (attempt == 12) return 0;
  const struct __kernel_timespec pause = to_timespec(backoff_ns(attempt));
  sys(nanosleep, &pause, 0);
  return 1;
}

// Mapped when it is first used. After each plan its pages are given back, so that a waiting nsinit stays small.
static char *datagram;

static long map_datagram(void) {
  if (datagram != NULL) return 0;
  const long mapping = sys(mmap, 0, NSINIT_DATAGRAM_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping < 0) return mapping;
  datagram = (char *)mapping;
  return 0;
}

// Maps the sealed memfd that contains the frames of a large plan. It is the first descriptor.
static long map_memfd(struct received *received, uint64_t size) {
  if (received->descriptor_count == 0) return -EPROTO;
  const int memfd = received->descriptors[received->descriptors_taken++];
  const long mapping = sys(mmap, 0, size, PROT_READ, MAP_PRIVATE, memfd, 0);
  sys(close, memfd);
  if (mapping < 0) return mapping;
  received->memfd_mapping = (void *)mapping;
  received->memfd_size = size;
  received->frames = (struct cursor){(const char *)mapping, (const char *)mapping + size};
  return 0;
}

static long receive_message(struct msghdr *message) {
  const struct msghdr untouched = *message;
  for (int attempt = 0;; attempt++) {
    const long length = sys(recvmsg, CHANNEL, message, MSG_CMSG_CLOEXEC);
    if (!is_transient(length) || !may_try_again(attempt)) return length;
    *message = untouched;
  }
}

long receive_frame(void *frame, size_t size) {
  struct iovec part = {frame, size};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  const long length = receive_message(&message);
  return length == -ECONNRESET ? 0 : required(length);
}

long receive(struct received *received) {
  received->descriptor_count = received->descriptors_taken = 0;
  received->memfd_mapping = NULL;
  received->error = 0;
  received->incomplete_command = 0;
  const long mapped = map_datagram();
  if (mapped < 0) return mapped;
  union {
    struct cmsghdr header;
    char space[CMSG_ROOM(NSINIT_DESCRIPTORS_MAX * sizeof(int))];
  } control;
  struct iovec part = {datagram, NSINIT_DATAGRAM_MAX};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  const long length = receive_message(&message);
  if (length <= 0) return length;
  if (message.msg_controllen >= sizeof(struct cmsghdr) && control.header.cmsg_type == SCM_RIGHTS) {
    received->descriptor_count = (uint32_t)((control.header.cmsg_len - CMSG_LENGTH(0)) / sizeof(int));
    const int *descriptors = (const int *)(control.space + CMSG_LENGTH(0));
    for (uint32_t i = 0; i < received->descriptor_count; i++) received->descriptors[i] = descriptors[i];
  }
  received->frames = (struct cursor){datagram, datagram + length};
  struct cursor frames = received->frames, operations;
  const struct nsinit_frame *frame = next_frame(&frames, &operations);
  if (frame != NULL) received->incomplete_command = frame->id;
  failed_syscall = __NR_recvmsg;
  // Not all descriptors arrive if RLIMIT_NOFILE is reached. A command with nsinit's ids can lower that limit.
  if (message.msg_flags & MSG_CTRUNC)
    received->error = -EMFILE;
  else if (message.msg_flags & MSG_TRUNC)
    received->error = -EPROTO;
  else if (frame != NULL && frame->type == NSINIT_FRAME_MEMFD)
    received->error = map_memfd(received, frame->u.memfd.size);
  return length;
}

void close_descriptors(struct received *received) {
  for (uint32_t i = received->descriptors_taken; i < received->descriptor_count; i++)
    sys(close, received->descriptors[i]);
  received->descriptor_count = received->descriptors_taken = 0;
}

void release(struct received *received) {
  close_descriptors(received);
  if (received->memfd_mapping != NULL) sys(munmap, received->memfd_mapping, received->memfd_size);
  received->memfd_mapping = NULL;
}

void shrink_channel(void) { sys(madvise, datagram, NSINIT_DATAGRAM_MAX, MADV_DONTNEED); }

// Returns 0 as well if Node has ended, which nsinit notices when it receives.
static long send(const struct msghdr *message) {
  for (int attempt = 0;; attempt++) {
    const long sent = sys(sendmsg, CHANNEL, message, MSG_NOSIGNAL);
    if (sent >= 0 || sent == -EPIPE || sent == -ECONNRESET || sent == -ENOTCONN) return 0;
    if (!is_transient(sent) || !may_try_again(attempt)) return sent;
  }
}

// Sends a report. If a PID is given, the kernel translates it for Node, so Node need not trust nsinit. Node waits for every report. If one
// cannot be sent, nsinit ends, and the kernel reports that.
void report(const struct nsinit_report *report, int credentials_pid) {
  struct iovec part = {(void *)report, sizeof *report};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  union {
    struct cmsghdr header;
    char space[CMSG_ROOM(3 * sizeof(int))];
  } control;
  long error = -EPERM;
  if (credentials_pid > 0) {
    control.header.cmsg_len = CMSG_LENGTH(3 * sizeof(int));
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_CREDENTIALS;
    int *credentials = (int *)(control.space + CMSG_LENGTH(0));
    credentials[0] = credentials_pid;
    credentials[1] = (int)sys(getuid);
    credentials[2] = (int)sys(getgid);
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    error = send(&message);
    // Without CAP_SYS_ADMIN over the PID namespace a process may name only itself. nsinit is in Node's PID namespace then.
    message.msg_control = NULL;
    message.msg_controllen = 0;
  }
  if (error == -EPERM) error = send(&message);
  if (error < 0) leave(NSINIT_EXIT_BROKEN);
}

void report_failure(uint32_t id, const struct failure *failure) {
  const struct nsinit_report record = {
      .type = NSINIT_REPORT_FAILED,
      .id = id,
      .u.failed = {failure->stage, failure->operation, (int32_t)-failure->error, failed_syscall},
  };
  report(&record, 0);
}
