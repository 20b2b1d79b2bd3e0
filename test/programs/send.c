// Sends signals to a process, in this order: send PID SIGNAL...
#include <signal.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  for (int i = 2; i < argc; i++)
    if (kill(atoi(argv[1]), atoi(argv[i])) < 0) return 1;
  return 0;
}
