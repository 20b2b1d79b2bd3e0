// Creates orphans that PID 1 has to reap, in bursts that end in the same instant: orphans TOTAL BURST
// A helper clones a burst and exits, so that PID 1 becomes their parent. Then all of them end together. The program prints the number of
// orphans after the first burst, waits for a line on its standard input, and prints the number again when the last orphan has been reaped.
// It ends when its standard input ends.
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

// All orphans share one address space, because copying it for each would take most of the time. Each has its own descriptors.
#define STACK_SIZE 16384

static int burst, gate[2];
static pid_t *pids;
static char *stacks;

static int orphan(void *unused) {
  (void)unused;
  char byte;
  close(gate[1]);
  _exit(read(gate[0], &byte, 1) == 0 ? 0 : 5);
}

static pid_t start(int index, int (*function)(void *)) {
  return clone(function, stacks + (size_t)(index + 1) * STACK_SIZE, CLONE_VM | SIGCHLD, NULL);
}

static int helper(void *unused) {
  (void)unused;
  for (int i = 0; i < burst; i++)
    if ((pids[i] = start(i, orphan)) < 0) _exit(4);
  _exit(0);
}

static void make_burst(void) {
  if (pipe(gate) < 0) exit(2);
  const pid_t pid = start(burst, helper);
  int status;
  if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) exit(3);
  close(gate[0]);
  close(gate[1]);  // all orphans read the end of the file and end
  for (int i = 0; i < burst; i++)
    while (kill(pids[i], 0) == 0) sched_yield();
}

int main(int argc, char **argv) {
  if (argc != 3 || (burst = atoi(argv[2])) <= 0) return 1;
  const int total = atoi(argv[1]);
  pids = calloc((size_t)burst, sizeof *pids);
  stacks = aligned_alloc(16, (size_t)(burst + 1) * STACK_SIZE);
  if (pids == NULL || stacks == NULL) return 1;
  char line[8];
  for (int made = 0; made < total;) {
    make_burst();
    made += burst;
    if (made != burst && made < total) continue;
    printf("%d\n", made);
    fflush(stdout);
    if (made == burst && read(0, line, sizeof line) <= 0) return 7;
  }
  return read(0, line, sizeof line) == 0 ? 0 : 8;
}
