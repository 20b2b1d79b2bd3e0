// Waits for Node, which writes the id maps of a new user namespace, and switches to mapped ids.
#include "kernel.h"
#include "nsinit.h"

void await_node(uint32_t type) {
  const struct nsinit_report wanted = {.type = type};
  report(&wanted, 0);
  union {
    struct nsinit_frame frame;
    char space[256];
  } received;
  for (;;) {
    const long length = receive_frame(&received, sizeof received);
    if (length <= 0) leave(0);
    if (received.frame.type == NSINIT_FRAME_GO_ON) return;
    if (received.frame.type == NSINIT_FRAME_SHUTDOWN) leave(0);
    if (received.frame.type == NSINIT_FRAME_SIGNAL) stash_signal(&received.frame);
  }
}

long await_maps(const struct step *step) {
  (void)step;
  await_node(NSINIT_REPORT_MAPS_WANTED);
  return 0;
}

long set_ids(const struct step *step) {
  const uint64_t uid = step->operation->u.set_ids.uid, gid = step->operation->u.set_ids.gid;
  // Fails with EPERM if the map denies it. The groups that remain are not mapped then.
  sys(setgroups, 0, 0);
  long error = sys(setresgid, gid, gid, gid);
  if (error == 0) error = sys(setresuid, uid, uid, uid);
  if (error == -EINVAL && step->operation->u.set_ids.is_optional == 1) error = 0;
  if (error == 0) error = die_with_node();  // setresuid has cleared the signal
  return error;
}
