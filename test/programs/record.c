// Prints the number of each signal that arrives, one in each line. The first line is 0, when it is ready to receive signals.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>

int main(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  for (int signal = 0; signal >= 0; signal = sigwaitinfo(&all, NULL)) {
    printf("%d\n", signal);
    fflush(stdout);
  }
  return 1;
}
