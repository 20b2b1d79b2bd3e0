// Prints the number of each signal that arrives, a line each, beginning with 0 once it takes them.
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
