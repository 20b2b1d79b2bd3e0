// All of nsinit in one translation unit, on the simulated kernel of kernel.c, so that its static state can be reset for each run. string.c
// is left out, because its functions would replace those that the sanitizers check.
#define memcpy nsinit_memcpy
#define memmove nsinit_memmove
#define memset nsinit_memset
#include "../../src-native/nsinit/string.c"
#undef memcpy
#undef memmove
#undef memset

#include "../../src-native/nsinit/cgroup.c"
#include "../../src-native/nsinit/channel.c"
#include "../../src-native/nsinit/command.c"
#include "../../src-native/nsinit/commands.c"
#include "../../src-native/nsinit/descriptors.c"
#include "../../src-native/nsinit/end.c"
#include "../../src-native/nsinit/exec.c"
#include "../../src-native/nsinit/init.c"
#include "../../src-native/nsinit/inner_init.c"
#include "../../src-native/nsinit/join.c"
#include "../../src-native/nsinit/maps.c"
#include "../../src-native/nsinit/mounts/destination.c"
#include "../../src-native/nsinit/mounts/file_system.c"
#include "../../src-native/nsinit/mounts/mount.c"
#include "../../src-native/nsinit/mounts/overlay.c"
#include "../../src-native/nsinit/mounts/root.c"
#include "../../src-native/nsinit/mounts/source.c"
#include "../../src-native/nsinit/namespaces.c"
#include "../../src-native/nsinit/operations.c"
#include "../../src-native/nsinit/plan.c"
#include "../../src-native/nsinit/reap.c"
#include "../../src-native/nsinit/signals.c"
#include "../../src-native/nsinit/socket.c"
#include "../../src-native/nsinit/supervise.c"
#include "../../src-native/nsinit/sysfs.c"
#include "../../src-native/nsinit/terminal.c"
#include "../../src-native/nsinit/usage.c"
#include "../../src-native/protocol/inside_socket.c"
#include "../../src-native/protocol/supervised_cgroup.c"

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
