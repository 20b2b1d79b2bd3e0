// Measures how long the kernel takes to install a filter: seccomp(2), each time in a new process. Prints microseconds, one in each line.
// usage: install-filter PROGRAM ROUNDS
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

int main(int argc, char **argv) {
  static struct sock_filter instructions[BPF_MAXINSNS];
  if (argc < 3) return 2;
  const int file = open(argv[1], O_RDONLY | O_CLOEXEC);
  const ssize_t size = read(file, instructions, sizeof instructions);
  if (size <= 0) return 2;
  const struct sock_fprog program = {(unsigned short)((size_t)size / sizeof *instructions), instructions};
  for (int round = atoi(argv[2]); round > 0; round--) {
    const pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      const double begin = now_us();
      const long error = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
      const double took = now_us() - begin;
      char text[32];
      const int length = snprintf(text, sizeof text, "%.1f\n", took);
      if (error < 0 || write(1, text, (size_t)length) != length) _exit(1);
      _exit(0);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) return 1;
  }
  return 0;
}
