// When it receives a byte, it traces and kills its supervisor, and does not wait for it, so that the supervisor stays a zombie. It ends
// with its input.
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  char byte;
  if (read(0, &byte, 1) != 1) return 1;
  const pid_t supervisor = getppid();
  // The command ends with its supervisor, but not the process that it has started.
  if (fork() != 0) {
    wait(NULL);
    return 1;
  }
  setsid();
  if (ptrace(PTRACE_SEIZE, supervisor, 0, 0) < 0) {
    perror("ptrace");
    return 1;
  }
  kill(supervisor, SIGKILL);
  puts("traced");
  fflush(stdout);
  while (read(0, &byte, 1) > 0) continue;
  return 0;
}
