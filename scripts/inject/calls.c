// The names of system calls, and which of them are made to fail.
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "tracer.h"

static const char *const roles[ROLE_COUNT] = {
    [ROLE_UNKNOWN] = "unknown", [ROLE_OTHER] = "other",   [ROLE_MAIN] = "main",      [ROLE_REACTOR] = "reactor",
    [ROLE_CHILD] = "child",     [ROLE_NSINIT] = "nsinit", [ROLE_COMMAND] = "command"};

const char *role_name(enum role role) { return roles[role]; }

enum role role_by_name(const char *name) {
  for (int i = 0; i < ROLE_COUNT; i++)
    if (strcmp(roles[i], name) == 0) return (enum role)i;
  return ROLE_UNKNOWN;
}

#define NAME(name) {__NR_##name, #name},
static const struct {
  long number;
  const char *name;
} names[] = {
    // clang-format off
    NAME(capget) NAME(capset) NAME(chdir) NAME(clock_gettime) NAME(clock_nanosleep) NAME(clone) NAME(clone3) NAME(close)
    NAME(close_range) NAME(dup) NAME(dup3) NAME(epoll_create1) NAME(epoll_ctl) NAME(epoll_pwait) NAME(eventfd2) NAME(execve)
    NAME(execveat) NAME(fchmod) NAME(fcntl) NAME(fstat) NAME(fstatfs) NAME(ftruncate) NAME(getdents64) NAME(getpeername)
    NAME(getpid) NAME(getresgid) NAME(getresuid) NAME(getegid) NAME(geteuid) NAME(getgid) NAME(getrusage) NAME(getsockname) NAME(getsockopt) NAME(gettid) NAME(getuid) NAME(ioctl) NAME(kill)
    NAME(madvise) NAME(memfd_create) NAME(mkdirat) NAME(mmap) NAME(mount) NAME(mprotect) NAME(munmap) NAME(nanosleep)
    NAME(newfstatat) NAME(openat) NAME(pidfd_open) NAME(pidfd_send_signal) NAME(pipe2) NAME(ppoll) NAME(prctl)
    NAME(pread64) NAME(prlimit64) NAME(pselect6) NAME(pwrite64) NAME(read) NAME(readlinkat) NAME(readv) NAME(recvmsg) NAME(rseq)
    NAME(rt_sigaction) NAME(rt_sigprocmask) NAME(rt_sigtimedwait) NAME(sched_getaffinity) NAME(sched_yield) NAME(sendmsg)
    NAME(set_robust_list) NAME(set_tid_address) NAME(setdomainname) NAME(setgroups) NAME(sethostname) NAME(setns) NAME(setresgid)
    NAME(setresuid) NAME(setsid) NAME(setsockopt) NAME(shutdown) NAME(signalfd4) NAME(socket) NAME(socketpair) NAME(statx) NAME(tgkill)
    NAME(unlinkat) NAME(unshare) NAME(wait4) NAME(waitid) NAME(write) NAME(writev)
#if defined(__x86_64__)
    NAME(epoll_wait) NAME(open) NAME(pipe) NAME(poll) NAME(readlink) NAME(stat) NAME(lstat)
#endif
    // clang-format on
};

const char *call_name(long number) {
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (names[i].number == number) return names[i].name;
  static char unnamed[24];
  snprintf(unnamed, sizeof unnamed, "call-%ld", number);
  return unnamed;
}

long call_by_name(const char *name) {
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(names[i].name, name) == 0) return names[i].number;
  long number = -1;
  sscanf(name, "call-%ld", &number);
  return number;
}

bool counts(enum role role, long number, const uint64_t *arguments) {
  switch (number) {
    // Calls that cannot fail, or to whose failure a program cannot react: mutexes of libc, and the registration of a thread.
    case __NR_exit:
    case __NR_exit_group:
    case __NR_rt_sigreturn:
    case __NR_restart_syscall:
    case __NR_futex:
    case __NR_rseq:
    case __NR_set_robust_list:
      return false;
    // In Node's threads, mappings belong to V8 and the allocator. A stack belongs to the addon.
    case __NR_mmap:
      return (role != ROLE_MAIN && role != ROLE_REACTOR) || (arguments[3] & MAP_STACK) != 0;
    case __NR_munmap:
    case __NR_mprotect:
    case __NR_madvise:
    case __NR_brk:
    case __NR_mremap:
    case __NR_sched_yield:
    case __NR_getrandom:
    // libc and Node do not check whether these have failed, because they cannot fail.
    case __NR_getpid:
    case __NR_gettid:
    case __NR_getuid:
    case __NR_geteuid:
    case __NR_getgid:
    case __NR_getegid:
      return role != ROLE_MAIN && role != ROLE_REACTOR;
    default:
      return true;
  }
}

bool works_anyhow(long number) { return number == __NR_close || number == __NR_munmap; }
