// What a hostile command that is root of its own user namespace tries against nsinit, which is PID 1, and against Node. It prints a line
// for each attempt: WHAT RESULT. The result is "ok" or the name of the errno.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77  // Linux 6.5
#endif

static int report(const char *what, long result) {
  printf("%s %s\n", what, result < 0 ? strerrorname_np(errno) : "ok");
  return (int)result;
}

static void attack_executable(void) {
  report("chmod", chmod("/proc/1/exe", 0));
  report("open-write", open("/proc/1/exe", O_WRONLY));
  report("open-rdwr", open("/proc/1/exe", O_RDWR));
  report("truncate", truncate("/proc/1/exe", 0));
  const int fd = open("/proc/1/exe", O_RDONLY);
  if (fd < 0) return;
  report("fchmod", fchmod(fd, 0));
  report("ftruncate", ftruncate(fd, 0));
  void *mapping = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  report("map-shared", mapping == MAP_FAILED ? -1 : 0);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  report("reopen-write", open(path, O_WRONLY));
  report("add-seals", fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
}

// Every socket of nsinit has a process at its other end. Tries whether this is Node, and whether its descriptors can be taken.
static void attack_channel(void) {
  const int init = (int)syscall(SYS_pidfd_open, 1, 0);
  int sockets = 0;
  for (int number = 0; number < 64; number++) {
    const int stolen = (int)syscall(SYS_pidfd_getfd, init, number, 0);
    if (stolen < 0) continue;
    int peer = -1;
    socklen_t size = sizeof peer;
    if (getsockopt(stolen, SOL_SOCKET, SO_PEERPIDFD, &peer, &size) < 0) continue;
    sockets++;
    for (int theirs = 0; theirs < 64; theirs++) {
      if (syscall(SYS_pidfd_getfd, peer, theirs, 0) >= 0) {
        printf("node-descriptor %d\n", theirs);
        return;
      }
      if (errno != EPERM) printf("node-descriptor %s\n", strerrorname_np(errno));
    }
    report("node-signal", syscall(SYS_pidfd_send_signal, peer, SIGKILL, NULL, 0));
    report("node-setns", syscall(SYS_setns, peer, 0x20000000));
  }
  printf("sockets %d\n", sockets);
}

static void attack_environment(void) {
  char text[4096];
  const int fd = open("/proc/1/environ", O_RDONLY);
  const ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text);
  printf("environment %zd\n", length < 0 ? 0 : length);
  // Searches all mappings of nsinit, including stack and heap. They must not contain data of Node.
  FILE *maps = fopen("/proc/1/maps", "r");
  const int memory = open("/proc/1/mem", O_RDONLY);
  char line[512];
  int found = 0;
  static char page[1 << 16];
  while (maps != NULL && memory >= 0 && fgets(line, sizeof line, maps) != NULL) {
    unsigned long begin, end;
    if (sscanf(line, "%lx-%lx", &begin, &end) != 2) continue;
    for (unsigned long at = begin; at < end; at += sizeof page) {
      const size_t want = end - at < sizeof page ? end - at : sizeof page;
      const ssize_t got = pread(memory, page, want, (off_t)at);
      if (got > 0 && memmem(page, (size_t)got, "s3cret-of-node", 14) != NULL) found++;
    }
  }
  printf("secrets %d\n", found);
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  attack_executable();
  attack_channel();
  attack_environment();
  return 0;
}
