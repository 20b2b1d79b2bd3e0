// Runs a command with a seccomp filter that refuses system calls, as an older kernel or the profile of a container does:
//   refuse clone3=ENOSYS ioctl:0xb706=ENOTTY -- COMMAND [ARGUMENT...]
// CALL:ARGUMENT refuses the call only if the lower half of its second argument (a request, a command or flags) has this value. CALL&BITS
// refuses it only if its first argument (the flags of clone or unshare) has any of the bits.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "no seccomp architecture for this processor"
#endif

struct named {
  const char *name;
  unsigned int value;
};

static const struct named kCalls[] = {
    {"clone", SYS_clone},
    {"mount", SYS_mount},
    {"clone3", SYS_clone3},
    {"close_range", SYS_close_range},
    {"execveat", SYS_execveat},
    {"fcntl", SYS_fcntl},
    {"ioctl", SYS_ioctl},
    {"memfd_create", SYS_memfd_create},
    {"mount_setattr", SYS_mount_setattr},
    {"open_tree", SYS_open_tree},
    {"pidfd_open", SYS_pidfd_open},
    {"pidfd_send_signal", SYS_pidfd_send_signal},
    {"recvmsg", SYS_recvmsg},
    {"setns", SYS_setns},
    {"unshare", SYS_unshare},
};
static const struct named kErrors[] = {
    {"EACCES", EACCES}, {"EINVAL", EINVAL}, {"ENOSYS", ENOSYS}, {"ENOTTY", ENOTTY}, {"EPERM", EPERM},
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// The maximum number of instructions, which is enough for the rules of any test.
enum { kMaxRules = 16, kInstructionsARule = 6 };
static struct sock_filter program[kMaxRules * kInstructionsARule + 5];
static unsigned short length;

static void emit(unsigned short code, unsigned int operand, unsigned char if_true, unsigned char if_false) {
  program[length++] = (struct sock_filter){code, if_true, if_false, operand};
}

static void load(size_t offset) { emit(BPF_LD | BPF_W | BPF_ABS, (unsigned int)offset, 0, 0); }

static unsigned int lookUp(const struct named *table, size_t count, const char *name) {
  for (size_t i = 0; i < count; ++i) {
    if (strcmp(table[i].name, name) == 0) return table[i].value;
  }
  fprintf(stderr, "refuse: what is %s?\n", name);
  exit(2);
}

static void addRule(char *rule) {
  char *error = strchr(rule, '=');
  if (error == NULL) {
    fprintf(stderr, "refuse: CALL[:ARGUMENT]=ERRNO, not %s\n", rule);
    exit(2);
  }
  *error++ = '\0';
  char *argument = strchr(rule, ':');
  char *bits = strchr(rule, '&');
  if (argument != NULL) *argument++ = '\0';
  if (bits != NULL) *bits++ = '\0';
  const unsigned int action = SECCOMP_RET_ERRNO | lookUp(kErrors, COUNT(kErrors), error);
  load(offsetof(struct seccomp_data, nr));
  emit(BPF_JMP | BPF_JEQ | BPF_K, lookUp(kCalls, COUNT(kCalls), rule), 0, argument == NULL && bits == NULL ? 1 : 3);
  if (argument != NULL) {
    load(offsetof(struct seccomp_data, args[1]));
    emit(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)strtoul(argument, NULL, 0), 0, 1);
  } else if (bits != NULL) {
    load(offsetof(struct seccomp_data, args[0]));
    emit(BPF_JMP | BPF_JSET | BPF_K, (unsigned int)strtoul(bits, NULL, 0), 0, 1);
  }
  emit(BPF_RET | BPF_K, action, 0, 0);
}

int main(int argc, char **argv) {
  load(offsetof(struct seccomp_data, arch));
  emit(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
  emit(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
  int index = 1;
  for (; index < argc && strcmp(argv[index], "--") != 0; ++index) {
    if (index > kMaxRules) return 2;
    addRule(argv[index]);
  }
  emit(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
  if (index + 1 >= argc) {
    fprintf(stderr, "usage: refuse CALL[:ARGUMENT]=ERRNO... -- COMMAND [ARGUMENT...]\n");
    return 2;
  }
  const struct sock_fprog filter = {length, program};
  // A filter needs no_new_privs or CAP_SYS_ADMIN. As root it is not set, because it would change the behaviour of the command.
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0 &&
      (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)) {
    perror("refuse: seccomp");
    return 125;
  }
  execvp(argv[index + 1], &argv[index + 1]);
  perror(argv[index + 1]);
  return errno == ENOENT ? 127 : 126;
}
