// What each operation does: system calls without policy. The plan says what, and in which order.
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/sockios.h>

#include "kernel.h"
#include "nsinit.h"

static long write_file(const char *path, const char *content) {
  if (path == NULL || content == NULL) return -EPROTO;
  const long file = sys(openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return file;
  const long written = sys(write, file, content, text_length(content));
  sys(close, file);
  return written < 0 ? written : 0;
}

static long become(uint64_t uid, uint64_t gid) {
  // Fails with EPERM where the map denies it; then the ids left behind are those that nobody is mapped to.
  sys(setgroups, 0, 0);
  long error = sys(setresgid, gid, gid, gid);
  if (error == 0) error = sys(setresuid, uid, uid, uid);
  if (error == 0) error = die_with_node(SIGKILL);  // setresuid has cleared it
  return error;
}

static long set_loopback_up(void) {
  const long fd = sys(socket, AF_INET, SOCK_DGRAM | O_CLOEXEC, 0);
  if (fd < 0) return fd;
  const struct interface_flags request = {.name = "lo", .flags = IFF_UP | IFF_RUNNING};
  const long error = sys(ioctl, fd, SIOCSIFFLAGS, &request);
  sys(close, fd);
  return error;
}

static long clear_inherited_capabilities(void) {
  long error = sys(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (error < 0) return error;
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct sets[2];
  error = sys(capget, &header, sets);
  if (error < 0) return error;
  sets[0].inheritable = sets[1].inheritable = 0;
  return sys(capset, &header, sets);
}

static long set_groups(const struct nsinit_operation *operation) {
  const uint32_t *groups = operation_numbers(operation, operation->numbers[0]);
  if (groups == NULL) return -EPROTO;
  const long error = sys(setgroups, operation->numbers[0], groups);
  return error == -EPERM && operation->numbers[1] == 1 ? 0 : error;
}

static long set_hostname(long number, const char *name) {
  if (name == NULL) return -EPROTO;
  return noted_syscall(number, (long)name, (long)text_length(name), 0, 0, 0, 0);
}

long run_operation(const struct nsinit_operation *operation) {
  const uint64_t *n = operation->numbers;
  const char *text = operation_text(operation, 0);
  switch (operation->code) {
    case NSINIT_OP_WRITE:
      return write_file(text, operation_text(operation, 1));
    case NSINIT_OP_AWAIT_MAPS:
      return await_maps_written();
    case NSINIT_OP_BECOME:
      return become(n[0], n[1]);
    case NSINIT_OP_UNSHARE:
      return sys(unshare, n[0]);
    case NSINIT_OP_HOSTNAME:
      return set_hostname(__NR_sethostname, text);
    case NSINIT_OP_DOMAINNAME:
      return set_hostname(__NR_setdomainname, text);
    case NSINIT_OP_LOOPBACK:
      return set_loopback_up();
    case NSINIT_OP_PROPAGATION:
      return sys(mount, "none", "/", 0, MS_REC | n[0], 0);
    case NSINIT_OP_MOUNT_PROC:
      return text == NULL ? -EPROTO : sys(mount, "proc", text, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0);
    case NSINIT_OP_SESSION:
      return sys(setsid) < 0 ? -EPERM : 0;
    case NSINIT_OP_RLIMIT: {
      const uint64_t limit[2] = {n[1], n[2]};
      return sys(prlimit64, 0, n[0], limit, 0);
    }
    case NSINIT_OP_GROUPS:
      return set_groups(operation);
    case NSINIT_OP_GID:
      return sys(setresgid, n[0], n[0], n[0]);
    case NSINIT_OP_UID:
      return sys(setresuid, n[0], n[0], n[0]);
    case NSINIT_OP_CHDIR:
      return text == NULL ? -EPROTO : sys(chdir, text);
    case NSINIT_OP_CAPABILITIES:
      return clear_inherited_capabilities();
    case NSINIT_OP_TERMINAL:
      return open_terminal(operation);
    case NSINIT_OP_EXEC:
      return execute(operation);
    default:
      failed_syscall = -1;
      return -EPROTO;
  }
}
