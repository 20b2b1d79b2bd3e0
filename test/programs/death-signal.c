// Prints the number of the signal that it receives when its parent ends: death-signal
#include <stdio.h>
#include <sys/prctl.h>

int main(void) {
  int signal = -1;
  if (prctl(PR_GET_PDEATHSIG, &signal, 0, 0, 0) < 0) return 1;
  printf("%d\n", signal);
  return 0;
}
