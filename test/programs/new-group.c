// Executes a command in a new process group of the same session: new-group COMMAND [ARGUMENT...]
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 2 || setpgid(0, 0) < 0) return 2;
  execv(argv[1], argv + 1);
  return 127;
}
