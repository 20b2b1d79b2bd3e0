// The ids of nsinit's namespaces, and the last PID of its PID namespace.
#include <asm/stat.h>
#include <linux/ioctl.h>
#include <linux/sched.h>

#include "../protocol/compatibility.h"
#include "../protocol/decimal.h"
#include "kernel.h"
#include "nsinit.h"

struct namespace {
  uint64_t flag;
  uint32_t request;
  char path[40];
};
#define ROW(name, flag, request) {flag, NAMESPACE_OF_PIDFD(request), "/proc/self/ns/" #name},
static const struct namespace namespaces[] = {NSINIT_NAMESPACES(ROW)};
static const struct namespace for_children[] = {NSINIT_NAMESPACES_FOR_CHILDREN(ROW)};
#undef ROW

static const struct namespace *own_namespace(int index) {
  // A process that unshares the time namespace stays in the old one. Its next child, or its next exec, is in the new one.
  for (size_t i = 0; i < sizeof for_children / sizeof *for_children; i++)
    if (namespaces[index].flag == CLONE_NEWTIME && for_children[i].flag == CLONE_NEWTIME) return &for_children[i];
  return &namespaces[index];
}

// A descriptor of the namespace, or the negative errno. `self` is a pidfd of nsinit, or negative.
static long open_namespace(const struct namespace *namespace, long self) {
  const long fd = self < 0 ? self : sys(ioctl, self, namespace->request, 0);
  return fd >= 0 ? fd : sys(openat, AT_FDCWD, namespace->path, O_RDONLY | O_CLOEXEC);
}

// Node cannot open them all by itself: this nsinit may not be looked into, and its time namespace is only its children's.
long send_namespaces(const struct step *step) {
  const long socket = take_descriptor(step->received);
  if (socket < 0) return socket;
  union {
    struct cmsghdr header;
    char space[CMSG_ROOM(NSINIT_NAMESPACE_COUNT * sizeof(int))];
  } control;
  int *descriptors = (int *)(control.space + CMSG_LENGTH(0));
  int count = 0;
  long error = 0;
  const long self = sys(pidfd_open, sys(getpid), 0);
  for (int i = 0; i < NSINIT_NAMESPACE_COUNT && error >= 0; i++) {
    if ((step->operation->u.send_namespaces.types & namespaces[i].flag) == 0) continue;
    error = open_namespace(own_namespace(i), self);
    if (error >= 0) descriptors[count++] = (int)error;
  }
  if (self >= 0) sys(close, self);
  if (error >= 0) {
    control.header.cmsg_len = CMSG_LENGTH(count * sizeof(int));
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    char byte = 0;
    struct iovec part = {&byte, 1};
    const struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = control.header.cmsg_len};
    error = sys(sendmsg, socket, &message, MSG_NOSIGNAL);
  }
  while (count > 0) sys(close, descriptors[--count]);
  sys(close, socket);
  if (error < 0) return error;
  if (state.flags & NSINIT_SETUP_AWAITS_KEEPING) await_node(NSINIT_REPORT_NAMESPACES_SENT);
  return 0;
}

void note_namespaces(uint64_t mask, uint64_t *ids) {
  // This takes 0.3 us for each namespace. The first look-up in a new /proc takes 10 to 20 us (Linux 6.18). It also works without a /proc.
  const long self = sys(pidfd_open, sys(getpid), 0);
  for (int i = 0; i < NSINIT_NAMESPACE_COUNT; i++) {
    const struct namespace *namespace = own_namespace(i);
    if ((mask & namespace->flag) == 0) continue;
    struct stat status;
    const long file = self < 0 ? self : sys(ioctl, self, namespace->request, 0);
    const long error = file < 0 ? sys(newfstatat, AT_FDCWD, namespace->path, &status, 0) : sys(fstat, file, &status);
    if (error == 0) ids[i] = status.st_ino;
    if (file >= 0) sys(close, file);
  }
  if (self >= 0) sys(close, self);
}

uint64_t pid_namespace_id(void) {
  uint64_t ids[NSINIT_NAMESPACE_COUNT] = {0};
  note_namespaces(CLONE_NEWPID, ids);
  return ids[NSINIT_NAMESPACE_pid];
}

void copy_ids(uint64_t *to, const uint64_t *from) {
  for (int i = 0; i < NSINIT_NAMESPACE_COUNT; i++) to[i] = from[i];
}

static const char last_pid_file[] = "/proc/sys/kernel/ns_last_pid";
// Root inside may have mounted any file there, for example a FIFO, and nsinit must not wait for it.
#define LAST_PID_FLAGS (O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

// The file contains the value of the reader's PID namespace, whichever /proc it is in.
static long read_last_pid(void) {
  const long file = sys(openat, AT_FDCWD, last_pid_file, O_RDONLY | LAST_PID_FLAGS);
  if (file < 0) return file;
  char text[16];
  const long length = sys(read, file, text, sizeof text);
  sys(close, file);
  if (length < 0) return length;
  const long pid = parse_number(text, length);
  return pid > 0 ? pid : -EIO;
}

static long write_last_pid(int pid) {
  const long file = sys(openat, AT_FDCWD, last_pid_file, O_WRONLY | LAST_PID_FLAGS);
  if (file < 0) return file;
  char text[16];
  const long written = sys(write, file, text, print_number(text, pid));
  sys(close, file);
  return written < 0 ? written : pid;
}

void handle_last_pid_frame(const struct nsinit_frame *frame) {
  const int wanted = (int)frame->u.last_pid.pid;
  const long pid = wanted > 0 ? write_last_pid(wanted) : read_last_pid();
  const struct nsinit_report last_pid = {
      .type = NSINIT_REPORT_LAST_PID,
      .id = frame->id,
      .u.last_pid = {.pid = pid > 0 ? (int32_t)pid : 0, .error = pid < 0 ? (int32_t)-pid : 0},
  };
  report(&last_pid, 0);
}
