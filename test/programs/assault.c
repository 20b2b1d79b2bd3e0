// Tries what hostile code would try, and prints the outcome of each attempt, "name errno" or "name ok":
// assault OUTSIDE_PID PATH_SOCKET ABSTRACT_SOCKET OUTSIDE_FILE [without-bomb]
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define BIT_32 0x100000000

static void tell(const char *name, long result) {
  printf("%s %s\n", name, result >= 0 ? "ok" : strerrorname_np(errno));
  fflush(stdout);
}

static void call(const char *name, long number, long a, long b, long c, long d, long e) {
  tell(name, syscall(number, a, b, c, d, e, 0L));
}

static void write_to(const char *path) { tell(path, open(path, O_WRONLY | O_CLOEXEC)); }

static void create_in(const char *directory) {
  char path[256];
  snprintf(path, sizeof path, "%s/assault", directory);
  const int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  tell(path, file);
}

static void connect_to(const char *name, const char *path, int is_abstract) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path + is_abstract, sizeof address.sun_path - 1, "%s", path);
  // libuv before 1.46 names an abstract socket with all the zeros at the end.
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  tell(name, fd < 0 ? fd : connect(fd, (struct sockaddr *)&address, sizeof address));
}

// A child does what may kill it.
static void in_child(const char *name, void (*attempt)(void)) {
  const pid_t child = fork();
  if (child == 0) {
    attempt();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFSIGNALED(status)) printf("%s exited\n", name);
  if (WIFSIGNALED(status)) printf("%s %s%s\n", name, sigabbrev_np(WTERMSIG(status)), WCOREDUMP(status) ? " core" : "");
  fflush(stdout);
}

static void segfault(void) { raise(SIGSEGV); }

#if defined(__x86_64__)
static void call_i386(void) {
  long result;
  // getpid of i386
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
}
#endif

static void fork_bomb(void) {
  int count = 0;
  for (; count < 100000; count++) {
    const pid_t child = fork();
    if (child < 0) break;
    if (child == 0) {
      pause();
      _exit(0);
    }
  }
  tell("fork", count == 100000 ? 0 : -1);
  printf("forked %d\n", count);
  fflush(stdout);
  // Every process that it may signal, but itself.
  kill(-1, SIGKILL);
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  const pid_t outside = atoi(argv[1]);
  uint64_t clone3_user[8] = {CLONE_NEWUSER};
  // First, because unshare(2) changes what can be reached, where it succeeds.
  connect_to("AF_UNIX-path", argv[2], 0);
  connect_to("AF_UNIX-abstract", argv[3], 1);
  tell("outside-file", open(argv[4], O_RDONLY));
  call("ptrace-init", SYS_ptrace, PTRACE_ATTACH, 1, 0, 0, 0);
  call("ptrace-outside", SYS_ptrace, PTRACE_ATTACH, outside, 0, 0, 0);
  char byte;
  struct iovec local = {&byte, 1}, remote = {(void *)0x400000, 1};
  tell("process_vm_readv", process_vm_readv(1, &local, 1, &remote, 1, 0));
  tell("kill-outside", kill(outside, SIGTERM));
  tell("kill-init", kill(1, SIGKILL));
  call("pidfd_getfd", SYS_pidfd_getfd, (long)syscall(SYS_pidfd_open, 1, 0), 0, 0, 0, 0);
  call("io_uring_setup", SYS_io_uring_setup, 1, 0, 0, 0, 0);
  call("userfaultfd", SYS_userfaultfd, 0, 0, 0, 0, 0);
  call("bpf", SYS_bpf, 0, 0, 0, 0, 0);
  call("perf_event_open", SYS_perf_event_open, 0, 0, -1, -1, 0);
  call("keyctl", SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 0, 0, 0);
  call("add_key", SYS_add_key, (long)"user", (long)"name", (long)"x", 1, KEY_SPEC_SESSION_KEYRING);
  call("request_key", SYS_request_key, (long)"user", (long)"name", 0, 0, 0);
  tell("mount", mount("none", "/tmp", "tmpfs", 0, NULL));
  tell("umount", umount2("/tmp", MNT_DETACH));
  call("fsopen", SYS_fsopen, (long)"tmpfs", 0, 0, 0, 0);
  call("open_tree", SYS_open_tree, AT_FDCWD, (long)"/", 1, 0, 0);
  call("pivot_root", SYS_pivot_root, (long)"/tmp", (long)"/tmp", 0, 0, 0);
  tell("chroot", chroot("/tmp"));
  tell("unshare-user", unshare(CLONE_NEWUSER));
  tell("unshare-net", unshare(CLONE_NEWNET));
  call("setns", SYS_setns, open("/proc/1/ns/mnt", O_RDONLY), 0, 0, 0, 0);
  call("clone3", SYS_clone3, (long)clone3_user, sizeof clone3_user, 0, 0, 0);
  call("clone-user", SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
  call("open_by_handle_at", SYS_open_by_handle_at, AT_FDCWD, 0, 0, 0, 0);
  call("kexec_load", SYS_kexec_load, 0, 0, 0, 0, 0);
  call("init_module", SYS_init_module, 0, 0, (long)"", 0, 0);
  call("finit_module", SYS_finit_module, 0, (long)"", 0, 0, 0);
  call("delete_module", SYS_delete_module, (long)"none", 0, 0, 0, 0);
  call("reboot", SYS_reboot, 0xfee1dead, 672274793, 0, 0, 0);
  call("swapon", SYS_swapon, (long)"/tmp/none", 0, 0, 0, 0);
  call("acct", SYS_acct, 0, 0, 0, 0, 0);
  call("syslog", SYS_syslog, 3, (long)&byte, 1, 0, 0);
  call("settimeofday", SYS_settimeofday, (long)(long[2]){0}, 0, 0, 0, 0);
  call("sethostname", SYS_sethostname, (long)"x", 1, 0, 0, 0);
  call("personality", SYS_personality, ADDR_NO_RANDOMIZE, 0, 0, 0, 0);
  tell("mknod", mknod("/tmp/device", S_IFBLK | 0666, 0x800));
  call("TIOCSTI", SYS_ioctl, 0, TIOCSTI, (long)"x", 0, 0);
  call("TIOCLINUX", SYS_ioctl, 0, TIOCLINUX, (long)"\3", 0, 0);
  call("TIOCSTI-bit-32", SYS_ioctl, 0, TIOCSTI | BIT_32, (long)"x", 0, 0);
  call("TIOCLINUX-bit-32", SYS_ioctl, 0, TIOCLINUX | BIT_32, (long)"\3", 0, 0);
  tell("AF_VSOCK", socket(40, SOCK_STREAM, 0));
  tell("AF_PACKET", socket(AF_PACKET, SOCK_RAW, 0));
  tell("AF_ALG", socket(38, SOCK_SEQPACKET, 0));
  tell("AF_NETLINK-audit", socket(AF_NETLINK, SOCK_RAW, 9));
  tell("raw", socket(AF_INET, SOCK_RAW, 1));
  tell("setuid", setuid(0));
  tell("priority", setpriority(PRIO_PROCESS, 0, -5));
  const struct rlimit many = {100000, 100000};
  tell("rlimit", setrlimit(RLIMIT_NPROC, &many));
  for (const char *const *path =
           (const char *const[]){"/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/vm/drop_caches",
                                 "/proc/sys/kernel/modprobe", "/proc/sys/user/max_user_namespaces", "/proc/1/mem",
                                 "/proc/1/environ", "/proc/kcore", "/dev/kmsg", "/dev/mem", "/dev/sda",
                                 "/sys/kernel/uevent_helper", "/etc/passwd", "/etc/ld.so.cache", "/etc/shadow",
                                 "/bin/sh", NULL};
       *path != NULL; path++)
    write_to(*path);
  for (const char *const *path =
           (const char *const[]){"/usr", "/bin", "/lib", "/sbin", "/etc/ssl/certs", "/proc", "/sys", NULL};
       *path != NULL; path++)
    create_in(*path);
#if defined(__x86_64__)
  call("x32", 0x40000000 | SYS_getpid, 0, 0, 0, 0, 0);
  in_child("i386", call_i386);
#endif
  in_child("segfault", segfault);
  if (argc == 5) fork_bomb();
  return 0;
}
