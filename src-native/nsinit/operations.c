// Carries out the operations: system calls without policy. The plan determines which, and in which order.
#include <asm/ioctls.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/sockios.h>

#include "kernel.h"
#include "nsinit.h"

long write_file(const struct step *step) {
  const char *path = operation_text(step->operation, 0), *content = operation_text(step->operation, 1);
  if (path == NULL || content == NULL) return -EPROTO;
  const long file = sys(openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return file;
  const long written = sys(write, file, content, text_length(content));
  sys(close, file);
  return written < 0 ? written : 0;
}

long set_loopback_up(const struct step *step) {
  (void)step;
  const long fd = sys(socket, AF_INET, SOCK_DGRAM | O_CLOEXEC, 0);
  if (fd < 0) return fd;
  const struct interface_flags request = {.name = "lo", .flags = IFF_UP | IFF_RUNNING};
  const long error = sys(ioctl, fd, SIOCSIFFLAGS, &request);
  sys(close, fd);
  return error;
}

long clear_inherited_capabilities(const struct step *step) {
  (void)step;
  long error = sys(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (error < 0) return error;
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
  error = sys(capget, &header, sets);
  if (error < 0) return error;
  sets[0].inheritable = sets[1].inheritable = 0;
  return sys(capset, &header, sets);
}

long set_groups(const struct step *step) {
  const struct nsinit_operation *operation = step->operation;
  const uint64_t count = operation->u.groups.count;
  const uint32_t *groups = operation_numbers(operation, count);
  if (groups == NULL) return -EPROTO;
  const long error = sys(setgroups, count, groups);
  return error == -EPERM && operation->u.groups.is_optional == 1 ? 0 : error;
}

static long set_name(long number, const struct step *step) {
  const char *name = operation_text(step->operation, 0);
  if (name == NULL) return -EPROTO;
  return recorded_syscall(number, (long)name, (long)text_length(name), 0, 0, 0, 0);
}

long set_hostname(const struct step *step) { return set_name(__NR_sethostname, step); }

long set_domainname(const struct step *step) { return set_name(__NR_setdomainname, step); }

long unshare_namespaces(const struct step *step) { return sys(unshare, step->operation->u.unshare.types); }

long set_propagation(const struct step *step) {
  return sys(mount, "none", "/", 0, MS_REC | step->operation->u.propagation.flags, 0);
}

long mount_proc(const struct step *step) {
  const char *where = operation_text(step->operation, 0);
  return where == NULL ? -EPROTO : sys(mount, "proc", where, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0);
}

long bind_mount(const struct step *step) {
  const char *source = operation_text(step->operation, 0), *target = operation_text(step->operation, 1);
  return source == NULL || target == NULL ? -EPROTO : sys(mount, source, target, 0, MS_BIND, 0);
}

long start_session(const struct step *step) {
  (void)step;
  return sys(setsid) < 0 ? -EPERM : 0;
}

// A session leader has a group already. Without a terminal as descriptor 0 there is nothing to be in the foreground of.
long become_foreground(const struct step *step) {
  const int pid = (int)sys(getpid);
  if (sys(getpgid, 0) != pid) {
    const long error = sys(setpgid, 0, 0);
    if (error < 0) return error;
  }
  // SIGTTOU is blocked, as every signal.
  const long error = sys(ioctl, 0, TIOCSPGRP, &pid);
  step->start->is_foreground = 1;
  return error == -ENOTTY || error == -EBADF || error == -EINVAL ? 0 : error;
}

long set_rlimit(const struct step *step) {
  const struct nsinit_operation *operation = step->operation;
  const uint64_t limit[2] = {operation->u.rlimit.soft, operation->u.rlimit.hard};
  return sys(prlimit64, 0, operation->u.rlimit.resource, limit, 0);
}

long set_umask(const struct step *step) {
  // umask(2) always succeeds and returns the old mask.
  sys(umask, step->operation->u.umask.mask);
  return 0;
}

long set_gid(const struct step *step) {
  const uint64_t id = step->operation->u.gid.id;
  return sys(setresgid, id, id, id);
}

long set_uid(const struct step *step) {
  const uint64_t id = step->operation->u.uid.id;
  return sys(setresuid, id, id, id);
}

long change_directory(const struct step *step) {
  const char *directory = operation_text(step->operation, 0);
  return directory == NULL ? -EPROTO : sys(chdir, directory);
}

// ---- The table

#define IN_SETUP 1
#define IN_SPAWN 2
#define IN_BOTH (IN_SETUP | IN_SPAWN)

static const struct {
  long (*function)(const struct step *step);
  int frames;
} operations[] = {
#define NSINIT_ROW(name, value, frame, function) [value] = {function, IN_##frame},
    NSINIT_OPERATIONS(NSINIT_ROW)
#undef NSINIT_ROW
};

long run_operation(const struct step *step) {
  const uint32_t code = step->operation == NULL ? 0 : step->operation->code;
  const int frame = step->start == NULL ? IN_SETUP : IN_SPAWN;
  failed_syscall = -1;
  if (code >= sizeof operations / sizeof *operations || (operations[code].frames & frame) == 0) return -EPROTO;
  return operations[code].function(step);
}
