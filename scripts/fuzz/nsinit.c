// All of nsinit in one translation unit, on the simulated kernel of kernel.c, so that its static state can be reset for each run. string.c
// gets other names, because its functions would replace those that the sanitizers check.
#define memcpy nsinit_memcpy
#define memmove nsinit_memmove
#define memset nsinit_memset
#include "../../src-native/nsinit/string.c"
#undef memcpy
#undef memmove
#undef memset

// What scripts/fuzz.sh lists: every other source of nsinit, except for its entry and for the file worker (nsinit/files), which runs as a
// command and reads no plan.
#include "nsinit_sources.h"

int failed_syscall = -1;

// Resets the state of nsinit. The simulated kernel has removed its mappings.
void fuzz_nsinit(void);
int fuzz_is_init(void);

int fuzz_is_init(void) { return (state.flags & NSINIT_SETUP_IS_INIT) != 0; }

void fuzz_nsinit(void) {
  state = (struct init_state){.children_file = -1, .processes = -1, .cgroup = -1};
  stashed_signal_count = 0;
  pending_status = -1;
  datagram = NULL;
  commands = first;
  count = 0;
  capacity = sizeof first / sizeof *first;
  vectors = NULL;
  cgroup.parent = -1;
  supervisor = 1;
  failed_syscall = -1;
  file_system = (struct file_system){0};
  init_main();
}
