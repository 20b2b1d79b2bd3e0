// Installs a filter of system calls for a command.
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>

#include "kernel.h"
#include "nsinit.h"

long install_filter(const struct step *step) {
  const struct nsinit_operation *operation = step->operation;
  const uint64_t length = operation->u.seccomp.length;
  if (length > BPF_MAXINSNS) return -EPROTO;
  const uint32_t *instructions = operation_numbers(operation, length * (sizeof(struct sock_filter) / sizeof(uint32_t)));
  if (instructions == NULL) return -EPROTO;
  const struct sock_fprog program = {(unsigned short)length, (struct sock_filter *)instructions};
  const uint64_t flags = operation->u.seccomp.flags;
  const long error = sys(seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  if (error != -EACCES || operation->u.seccomp.keeps_privileges == 1) return error;
  // Without CAP_SYS_ADMIN in its user namespace a process must give up what set-user-ID programs would give it: with a filter, it could
  // mislead them.
  const long refused = sys(prctl, PR_SET_NO_NEW_PRIVS, 1);
  return refused < 0 ? refused : sys(seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}
