// The operations that lower or raise what a command may do: capabilities, no_new_privs, Landlock, priorities, its keyring.
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/prctl.h>

#include "kernel.h"
#include "nsinit.h"

// linux/resource.h and linux/ioprio.h: the one needs libc, the other is missing among the headers of older systems.
#define PRIO_PROCESS 0
#define IOPRIO_WHO_PROCESS 1

typedef struct __user_cap_data_struct capability_sets[_LINUX_CAPABILITY_U32S_3];

static struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};

static uint64_t permitted_of(capability_sets sets) { return sets[0].permitted | (uint64_t)sets[1].permitted << 32; }

// The permitted, the effective and the inheritable set.
static long set_sets(uint64_t set) {
  const uint32_t low = (uint32_t)set, high = (uint32_t)(set >> 32);
  const capability_sets sets = {{low, low, low}, {high, high, high}};
  return sys(capset, &header, sets);
}

long keep_capabilities(const struct step *step) {
  (void)step;
  return sys(prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);
}

long bound_capabilities(const struct step *step) {
  const uint64_t kept = step->operation->u.bound_capabilities.set;
  for (uint64_t capability = 0; capability < 64; capability++) {
    if (kept >> capability & 1) continue;
    const long error = sys(prctl, PR_CAPBSET_DROP, capability, 0, 0, 0);
    // The first number that this kernel does not know.
    if (error == -EINVAL) return 0;
    if (error < 0) return error;
  }
  return 0;
}

long set_capabilities(const struct step *step) {
  capability_sets sets;
  long error = sys(capget, &header, sets);
  if (error < 0) return error;
  uint64_t wanted = step->operation->u.set_capabilities.set;
  if (wanted == UINT64_MAX) wanted = permitted_of(sets);
  error = set_sets(wanted);
  if (error < 0) return error;
  // The ambient set makes them survive the exec of a command that is not user 0.
  error = sys(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (uint64_t capability = 0; error >= 0 && capability < 64; capability++) {
    if (wanted >> capability & 1) error = sys(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
  }
  return error;
}

long set_no_new_privileges(const struct step *step) {
  (void)step;
  return sys(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

long set_nice(const struct step *step) { return sys(setpriority, PRIO_PROCESS, 0, step->operation->u.nice.value); }

long set_io_priority(const struct step *step) {
  return sys(ioprio_set, IOPRIO_WHO_PROCESS, 0, step->operation->u.io_priority.priority);
}

long set_scheduler(const struct step *step) {
  // struct sched_param has one member.
  const int priority = (int)step->operation->u.scheduler.priority;
  return sys(sched_setscheduler, 0, step->operation->u.scheduler.policy, &priority);
}

long set_affinity(const struct step *step) {
  const uint64_t count = step->operation->u.affinity.count;
  const uint32_t *bits = operation_numbers(step->operation, count);
  if (bits == NULL) return -EPROTO;
  const long size = sys(sched_setaffinity, 0, count * sizeof *bits, bits);
  return size < 0 ? size : 0;
}

long start_keyring(const struct step *step) {
  (void)step;
  const long keyring = sys(keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0);
  return keyring < 0 ? keyring : 0;
}

long set_personality(const struct step *step) {
  const long old = sys(personality, step->operation->u.personality.flags);
  return old < 0 ? old : 0;
}

long set_parent_death_signal(const struct step *step) {
  step->start->parent_death_signal = step->operation->u.parent_death_signal.signal;
  return 0;
}

long restrict_by_landlock(const struct step *step) {
  const struct nsinit_operation *operation = step->operation;
  const uint64_t ruleset = operation->u.landlock.descriptor, flags = operation->u.landlock.flags;
  long error = sys(landlock_restrict_self, ruleset, flags);
  // As for a filter of system calls: seccomp.c.
  if (error == -EPERM && operation->u.landlock.keeps_privileges != 1) {
    error = sys(prctl, PR_SET_NO_NEW_PRIVS, 1);
    if (error == 0) error = sys(landlock_restrict_self, ruleset, flags);
  }
  if (error < 0) return error;
  // The command must not have it: it could hand it to others.
  return sys(close, ruleset);
}
