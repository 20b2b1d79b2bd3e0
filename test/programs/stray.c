// Executes a command with everything that a careless parent may pass on: open descriptors, blocked and ignored signals.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  const int file = open("/etc/passwd", O_RDONLY);
  // Node sets CLOEXEC on the first sixteen descriptors, and on those after them up to the first gap.
  const int numbers[] = {7, 9, 17, 19, 21, 50, 140, 300};
  for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
    if (dup2(file, numbers[i]) < 0) return 3;
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR2);
  sigaddset(&blocked, SIGTERM);
  sigaddset(&blocked, SIGRTMIN + 5);
  sigprocmask(SIG_SETMASK, &blocked, NULL);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGALRM, SIG_IGN);
  signal(SIGRTMIN + 6, SIG_IGN);
  execvp(argv[1], argv + 1);
  perror(argv[1]);
  return 127;
}
