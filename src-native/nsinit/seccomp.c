// Installs a filter of system calls for a command.
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>

#include "kernel.h"
#include "nsinit.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV 32
#endif

// Returns the listener of the filter, or the negative errno.
static long install_with_listener(uint64_t flags, const struct sock_fprog *program) {
  const uint64_t with_listener = flags | SECCOMP_FILTER_FLAG_NEW_LISTENER;
  // A call that Node has received is then interrupted only by what ends its process. Otherwise a signal handler would make the program
  // repeat a call that Node has carried out already.
  const long listener =
      sys(seccomp, SECCOMP_SET_MODE_FILTER, with_listener | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, program);
  // Linux 5.19 introduced this flag.
  return listener == -EINVAL ? sys(seccomp, SECCOMP_SET_MODE_FILTER, with_listener, program) : listener;
}

static long install(const struct step *step, const struct sock_fprog *program) {
  const struct nsinit_operation *operation = step->operation;
  if (operation->u.seccomp.channel == 0)
    return sys(seccomp, SECCOMP_SET_MODE_FILTER, operation->u.seccomp.flags, program);
  const long listener = install_with_listener(operation->u.seccomp.flags, program);
  if (listener < 0) return listener;
  step->start->listener = (int)listener;
  return 0;
}

long install_filter(const struct step *step) {
  const struct nsinit_operation *operation = step->operation;
  const uint32_t length = operation->u.seccomp.length;
  if (length > BPF_MAXINSNS) return -EPROTO;
  const uint32_t *instructions = operation_numbers(operation, length * (sizeof(struct sock_filter) / sizeof(uint32_t)));
  if (instructions == NULL) return -EPROTO;
  const struct sock_fprog program = {(unsigned short)length, (struct sock_filter *)instructions};
  if (operation->u.seccomp.channel != 0) {
    // The command does not inherit the socket. What the filter forbids cannot be done later.
    const long marked = sys(fcntl, operation->u.seccomp.channel, F_SETFD, FD_CLOEXEC);
    if (marked < 0) return marked;
    step->start->channel = (int)operation->u.seccomp.channel;
  }
  const long error = install(step, &program);
  if (error != -EACCES || operation->u.seccomp.keeps_privileges == 1) return error;
  // Without CAP_SYS_ADMIN in its user namespace a process must give up what set-user-ID programs would give it: with a filter, it could
  // mislead them.
  const long refused = sys(prctl, PR_SET_NO_NEW_PRIVS, 1);
  return refused < 0 ? refused : install(step, &program);
}
