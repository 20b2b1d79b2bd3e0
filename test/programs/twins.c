// Ends in the same instant as a sibling that it has created: twins STATUS
#define _GNU_SOURCE
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 2) return 1;
  atomic_int *ready = mmap(NULL, sizeof *ready, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (ready == MAP_FAILED) return 2;
  // With CLONE_PARENT the new process is a sibling, and so a child of nsinit, like an orphan.
  const long twin = syscall(SYS_clone, CLONE_PARENT, 0, 0, 0, 0);
  if (twin < 0) return 3;
  atomic_fetch_add(ready, 1);
  while (atomic_load(ready) < 2) sched_yield();
  _exit(twin == 0 ? 0 : atoi(argv[1]));
}
