// flood PID: sends real-time signals to a process for ever, from four processes, faster than it reads them. Returns once they do.
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

// Those that the C library leaves to programs, as the test ignores them: 36 to 39.
static const int first = 36, last = 39;

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  const pid_t target = atoi(argv[1]);
  const union sigval value = {0};
  for (int i = 0; i < 4; i++) {
    if (fork() != 0) continue;
    // Its queue is full most of the time.
    for (;;)
      for (int signal = first; signal <= last; signal++)
        if (sigqueue(target, signal, value) < 0 && errno != EAGAIN) _exit(0);
  }
  usleep(100000);
  return 0;
}
