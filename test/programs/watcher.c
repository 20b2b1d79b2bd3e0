// A hostile process that waits for arrivals in its PID namespace, and tries to take what they hold before they have executed their command.
// It ends at the end of its stdin, and prints a JSON object: how many arrivals it has seen, and what it has got of them.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static long arrivals, early, programs, sockets, traced, markers, environments;

static int leads_to_command(const char *link) {
  char target[256];
  const ssize_t length = readlink(link, target, sizeof target - 1);
  if (length < 0) return 0;
  target[length] = '\0';
  return strstr(target, "/true") != NULL || strstr(target, "coreutils") != NULL;
}

static int is_command(int pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/exe", pid);
  return leads_to_command(path);
}

// The descriptor says what was opened, also if the process has executed the command or ended meanwhile.
static int is_file_of_command(int fd) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  return leads_to_command(path);
}

// Whether the text is in the memory of the process that may be read.
static int has_marker(int pid, const char *marker) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", pid);
  const int memory = open(path, O_RDONLY | O_CLOEXEC);
  snprintf(path, sizeof path, "/proc/%d/maps", pid);
  FILE *maps = memory < 0 ? NULL : fopen(path, "re");
  int found = 0;
  unsigned long from, to;
  char line[512];
  while (maps != NULL && fgets(line, sizeof line, maps) != NULL && sscanf(line, "%lx-%lx", &from, &to) == 2) {
    const size_t size = to - from > 1 << 20 ? 1 << 20 : to - from;
    char *copy = malloc(size);
    const ssize_t length = pread(memory, copy, size, (off_t)from);
    if (length > 0 && memmem(copy, (size_t)length, marker, strlen(marker)) != NULL) found = 1;
    free(copy);
  }
  if (maps != NULL) fclose(maps);
  if (memory >= 0) close(memory);
  return found;
}

static void attack(int pid, int pidfd, const char *marker) {
  arrivals++;
  // Whatever is got before the command is there is got from nsinit.
  for (int attempt = 0; attempt < 50 && !is_command(pid); attempt++) {
    early++;
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%d/exe", pid);
    const int program = open(path, O_RDONLY | O_CLOEXEC);
    if (program >= 0 && !is_file_of_command(program)) programs++;
    if (program >= 0) close(program);
    for (int number = 0; number < 8; number++) {
      const int stolen = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
      struct stat status;
      if (stolen >= 0 && fstat(stolen, &status) == 0 && S_ISSOCK(status.st_mode)) sockets++;
      if (stolen >= 0) close(stolen);
    }
    snprintf(path, sizeof path, "/proc/%d/environ", pid);
    const int environment = open(path, O_RDONLY | O_CLOEXEC);
    if (environment >= 0 && read(environment, text, sizeof text) > 0 && !is_command(pid)) environments++;
    if (environment >= 0) close(environment);
    if (has_marker(pid, marker)) markers++;
    if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0) {
      // One that is on its way out has no executable any more either, and does not stop.
      int status = 0;
      ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
      if (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status) && !is_command(pid)) traced++;
      ptrace(PTRACE_DETACH, pid, NULL, NULL);
      return;
    }
    if (errno == ESRCH) return;
  }
}

int main(int count, char **arguments) {
  if (count < 2) return 2;
  puts("ready");
  fflush(stdout);
  struct pollfd input = {.fd = 0, .events = POLLIN};
  const int last_pid = open("/proc/sys/kernel/ns_last_pid", O_RDONLY | O_CLOEXEC);
  int next = getpid() + 1;
  while (poll(&input, 1, 0) == 0) {
    // PIDs are given out in order: arrivals are the next ones. Those of long ago are gone.
    char text[16] = "";
    if (pread(last_pid, text, sizeof text - 1, 0) < 0) return 1;
    const int last = atoi(text);
    if (next < last - 3) next = last - 3;
    for (int pid = next; pid < last + 4; pid++) {
      const int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
      if (pidfd < 0) continue;
      attack(pid, pidfd, arguments[1]);
      close(pidfd);
      next = pid + 1;
    }
  }
  printf(
      "{\"arrivals\": %ld, \"early\": %ld, \"programs\": %ld, \"sockets\": %ld, \"traced\": %ld, \"markers\": %ld, "
      "\"environments\": %ld}\n",
      arrivals, early, programs, sockets, traced, markers, environments);
  return 0;
}
