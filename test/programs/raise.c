// Sends the signal with the given number to itself, and prints a word if it survives. Shells cannot be used, because some catch SIGINT.
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 2 || kill(getpid(), atoi(argv[1])) < 0) return 2;
  return write(1, "alive", 5) == 5 ? 0 : 3;
}
