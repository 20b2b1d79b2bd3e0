// Prints the size of its terminal, and prints it again whenever it has changed. A trap of bash would miss a change that comes while the
// commands of the trap run.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>

int main(void) {
  sigset_t changed;
  sigemptyset(&changed);
  sigaddset(&changed, SIGWINCH);
  sigprocmask(SIG_BLOCK, &changed, NULL);
  do {
    struct winsize size;
    if (ioctl(0, TIOCGWINSZ, &size) < 0) return 1;
    printf("%d %d\n", size.ws_row, size.ws_col);
    fflush(stdout);
  } while (sigwaitinfo(&changed, NULL) >= 0);
  return 1;
}
