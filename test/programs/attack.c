// A hostile command that is root of its own user namespace: attack NAME
//   kill         kill(-1, SIGKILL)
//   trace        attaches to PID 1 with ptrace, stops it, and exits without detaching
//   freeze       the same, but continues to run. It waits for a line first, because PID 1 could not report the start if it were stopped before
//   descriptors  opens every file of /proc/1/fd, writes to it and reads from it
//   garbage      takes the channel from PID 1 and sends invalid records
//   forge        sends reports that nsinit could send
//   forge-exit   reports that it has ended with status 42
//   pass         sends descriptors along with garbage
//   shutdown     shuts the channel down
//   bomb         forks, and its children fork, until the kernel refuses it
// It prints what it has obtained, and exits with 7.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src-native/protocol/protocol.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

static int say(const char *what, long result) {
  printf("%s %s\n", what, result < 0 ? strerror(errno) : "done");
  fflush(stdout);
  return result < 0 ? -1 : 0;
}

static int channel(void) {
  const long pidfd = syscall(SYS_pidfd_open, 1, 0);
  if (pidfd < 0) return -1;
  return (int)syscall(SYS_pidfd_getfd, pidfd, 0, 0);
}

static long trace(void) {
  const long attached = ptrace(PTRACE_SEIZE, 1, NULL, NULL);
  if (attached < 0) return attached;
  return ptrace(PTRACE_INTERRUPT, 1, NULL, NULL);
}

// Writes to and reads from every file that can be opened, without waiting.
static void use_descriptors(void) {
  DIR *directory = opendir("/proc/1/fd");
  if (say("list", directory == NULL ? -1 : 0) < 0) return;
  for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    char path[300], bytes[4096] = "garbage";
    snprintf(path, sizeof path, "/proc/1/fd/%s", entry->d_name);
    const int fd = open(path, O_RDWR | O_NONBLOCK);
    if (entry->d_name[0] == '.' || say(path, fd) < 0) continue;
    say("write", write(fd, bytes, sizeof bytes));
    say("read", read(fd, bytes, sizeof bytes));
  }
}

static unsigned next_random(void) {
  static unsigned state = 1;
  return state = state * 1103515245 + 12345, state >> 16;
}

static long send_garbage(int fd) {
  char bytes[4096];
  for (int round = 0; round < 200; round++) {
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)next_random();
    const size_t size = round % 4 == 0 ? sizeof(struct nsinit_report) : next_random() % sizeof bytes;
    if (send(fd, bytes, size, MSG_NOSIGNAL) < 0) return -1;
  }
  return 0;
}

static long send_report(int fd, uint32_t type, uint32_t id, int32_t first, int32_t second) {
  struct nsinit_report report = {.type = type, .id = id};
  memset(&report.u, 0xff, sizeof report.u);
  report.u.last_pid.pid = first;
  report.u.last_pid.error = second;
  return send(fd, &report, sizeof report, MSG_NOSIGNAL);
}

// Sends a report of each type, for this command (id 1) and for others, when it does not fit.
static long forge(int fd) {
  const uint32_t ids[] = {1, 0, 2, 3, 4, 0xffffffff};
  long result = 0;
  for (size_t i = 0; i < sizeof ids / sizeof *ids && result >= 0; i++)
    for (uint32_t type = 0; type <= 9 && result >= 0; type++) result = send_report(fd, type, ids[i], 0, 0);
  return result;
}

static long send_descriptors(int fd) {
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(100 * sizeof(int))];
  } control = {.header = {CMSG_LEN(100 * sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
  for (int i = 0; i < 100; i++) memcpy(CMSG_DATA(&control.header) + (size_t)i * sizeof(int), &(int){1}, sizeof(int));
  struct iovec part = {"garbage", 7};
  const struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  return sendmsg(fd, &message, MSG_NOSIGNAL);
}

// Each child forks as well. The limit on processes ends this; the count is there in case it does not.
static long bomb(void) {
  atomic_int *made = mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (made == MAP_FAILED) return 0;
  const pid_t first = getpid();
  while (atomic_fetch_add(made, 1) < 2000) {
    const pid_t pid = fork();
    if (pid >= 0) continue;
    if (getpid() == first) return -1;
    pause();
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  const char *attack = argv[1];
  if (strcmp(attack, "kill") == 0) say("kill", kill(-1, SIGKILL));
  char line[8];
  if (strcmp(attack, "freeze") == 0 && read(0, line, sizeof line) <= 0) return 3;
  if (strcmp(attack, "trace") == 0 || strcmp(attack, "freeze") == 0) say("trace", trace());
  if (strcmp(attack, "freeze") == 0) pause();
  if (strcmp(attack, "descriptors") == 0) use_descriptors();
  if (strcmp(attack, "bomb") == 0) return say("fork", bomb()) < 0 ? 7 : 8;
  const int fd = channel();
  say("channel", fd);
  if (strcmp(attack, "garbage") == 0) say("send", send_garbage(fd));
  if (strcmp(attack, "forge") == 0) say("send", forge(fd));
  if (strcmp(attack, "forge-exit") == 0) say("send", send_report(fd, NSINIT_REPORT_EXITED, 1, 42 << 8, 0));
  if (strcmp(attack, "shutdown") == 0) say("send", shutdown(fd, SHUT_RDWR));
  if (strcmp(attack, "pass") == 0) say("send", send_descriptors(fd));
  return 7;
}
