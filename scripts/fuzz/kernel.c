// A simulated kernel for nsinit under libFuzzer. System calls have no effect, return what the input says, and check their arguments.
// The input is how often calls fail, followed by the received data and the results of calls, in the order in which they are used.
#include <asm/unistd.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>

#include "../../src-native/protocol/clone_on_stack.h"
#include "../../src-native/protocol/protocol.h"
#include "kernel.h"

void fuzz_nsinit(void);
int fuzz_is_init(void);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SIGNALS_FD 3
#define CHILDREN_MAX 64

static const uint8_t *input, *input_end;
static unsigned failure_rate;
static jmp_buf end_of_run, end_of_child[2];  // the helper of a command runs the command's process
static int is_in_child, next_fd, next_pid, children[CHILDREN_MAX], child_count, children_fd;
static long children_offset;
static int64_t now;

uint8_t next_byte(void) { return input < input_end ? *input++ : 0; }

size_t next_bytes(void *to, size_t size) {
  const size_t left = (size_t)(input_end - input), taken = size < left ? size : left;
  memcpy(to, input, taken);
  memset((char *)to + taken, 0, size - taken);
  input += taken;
  return taken;
}

int has_input(void) { return input < input_end; }

long maybe_fail(void) {
  if (failure_rate == 0 || next_byte() >= failure_rate) return 0;
  return -(long)(1 + next_byte() % 40);
}

static void require(int condition) {
  if (!condition) abort();
}

static long look_at_text(const char *text) {
  // AddressSanitizer checks the memory: a text without a NUL is read beyond its end.
  return text == NULL ? -EFAULT : (long)(strlen(text) * 0);
}

static void look_at_bytes(const char *bytes, size_t size) {
  volatile char byte = 0;
  for (size_t i = 0; i < size; i++) byte = bytes[i];
  (void)byte;
}

static long look_at_texts(char *const *texts) {
  for (; *texts != NULL; texts++) look_at_text(*texts);
  return 0;
}

static long receive_datagram(struct msghdr *message) {
  if (!has_input()) return 0;
  const struct iovec *part = message->msg_iov;
  if (message->msg_control == NULL) return (long)next_bytes(part->iov_base, next_byte() % part->iov_len);
  const unsigned count = next_byte() % (NSINIT_DESCRIPTORS_MAX + 1);
  size_t length = (size_t)next_byte() << 8;
  length |= next_byte();
  if (length > (size_t)(input_end - input)) length = (size_t)(input_end - input);
  receive_into(part->iov_base, part->iov_len, length);
  message->msg_controllen = 0;
  message->msg_flags = 0;
  if (count > 0) {
    struct cmsghdr *header = message->msg_control;
    *header = (struct cmsghdr){CMSG_LEN(count * sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
    for (unsigned i = 0; i < count; i++) ((int *)CMSG_DATA(header))[i] = next_fd++;
    message->msg_controllen = CMSG_SPACE(count * sizeof(int));
  }
  return (long)length;
}

// Reads every byte of a report, and the one byte of the pseudo-terminal's message.
static long look_at_message(const struct msghdr *message) {
  const struct iovec *part = message->msg_iov;
  require(part->iov_len == sizeof(struct nsinit_report) || part->iov_len == 1);
  struct nsinit_report copy;
  memcpy(&copy, part->iov_base, part->iov_len);
  return (long)part->iov_len;
}

static long read_signals(struct signalfd_siginfo *infos, size_t size) {
  const size_t count = next_byte() % 4;
  if (count == 0 || count * sizeof *infos > size) return -EAGAIN;
  memset(infos, 0, count * sizeof *infos);
  for (size_t i = 0; i < count; i++) infos[i].ssi_signo = 1 + next_byte() % 64, infos[i].ssi_code = next_byte();
  return (long)(count * sizeof *infos);
}

// The channel is descriptor 0. Its bit is set as long as Node has not closed it.
static long select_sources(unsigned long *readable) {
  const int is_open = (int)(*readable & 1);
  if (!has_input() && !is_open) longjmp(end_of_run, 1);
  const uint8_t which = next_byte();
  *readable = which & 1 ? 1UL << SIGNALS_FD : (unsigned long)is_open;
  now += which >> 4;
  return 1;
}

static long reap(int *status, void *usage) {
  if (child_count == 0) return -ECHILD;
  if (status != NULL) *status = next_byte() << (next_byte() & 8);
  if (usage != NULL) memset(usage, 0, 144);
  return children[--child_count];
}

// With a wrong PID, kill(2) would have the worst effect.
static long look_at_kill(int pid) {
  require(pid != 0 && pid != 1 && (pid != -1 || fuzz_is_init()));
  require(pid == -1 || (abs(pid) > 1 && abs(pid) < next_pid));
  return pid == -1 && child_count == 0 ? -ESRCH : 0;
}

static long list_children(char *text, size_t size, long offset) {
  if (offset > 0 || size < CHILDREN_MAX * 8) return 0;
  int length = 0;
  for (int i = 0; i < child_count; i++) length += sprintf(text + length, "%d ", children[i]);
  return length;
}

__attribute__((noreturn)) static void leave_child_or_run(void) {
  longjmp(is_in_child > 0 ? end_of_child[is_in_child - 1] : end_of_run, 1);
}

static long execute_program(const char *file, char *const *arguments, char *const *environment) {
  require(is_in_child);
  look_at_text(file);
  look_at_texts(arguments);
  look_at_texts(environment);
  const long error = maybe_fail();
  if (error == 0) leave_child_or_run();
  return error;
}

static long take_call(long number, long a, long b, long c, long d, long e) {
  switch (number) {
    case __NR_exit_group:
      leave_child_or_run();
    case __NR_execve:
      return execute_program((const char *)a, (char *const *)b, (char *const *)c);
    case __NR_munmap:
      return unmap((void *)a, (size_t)b);
    case __NR_kill:
      return look_at_kill((int)a);
    case __NR_sendmsg:
      return look_at_message((const struct msghdr *)b);
    case __NR_wait4:
      return reap((int *)b, (void *)d);
    case __NR_getpid:
      return 1;
    case __NR_ppoll:
      return next_byte() == 0;  // whether Node has closed its end
    case __NR_pselect6:
      return select_sources((unsigned long *)b);
    case __NR_recvmsg:
      return receive_datagram((struct msghdr *)b);
    case __NR_signalfd4:
      return SIGNALS_FD;
    case __NR_clock_gettime:
      *(struct timespec *)b = (struct timespec){now, 0};
      return 0;
    default:
      break;
  }
  const long error = maybe_fail();
  if (error < 0) return error;
  switch (number) {
    case __NR_mmap: {
      const long mapping = map((size_t)b);
      if (mapping > 0 && (int)d == 0x02 /* MAP_PRIVATE: of a memfd */) next_bytes((void *)mapping, (size_t)b);
      return mapping;
    }
    case __NR_lseek:
      if ((int)a == children_fd) children_offset = b;
      return 0;
    case __NR_read:
      if ((int)a == children_fd) return list_children((char *)b, (size_t)c, children_offset);
      return a == SIGNALS_FD ? read_signals((void *)b, (size_t)c) : (long)next_bytes((void *)b, (size_t)c);
    case __NR_pread64:
      return list_children((char *)b, (size_t)c, d);
    case __NR_readlinkat:
      return memcpy((void *)c, "1", 1) == NULL ? 0 : 1;
    case __NR_openat:
      if (look_at_text((const char *)b) < 0) return -EFAULT;
      if (strcmp((const char *)b, "/proc/thread-self/children") == 0) children_fd = next_fd;
      return next_fd++;
    case __NR_openat2:
      return look_at_text((const char *)b) < 0 ? -EFAULT : next_fd++;
    case __NR_fsopen:
      return look_at_text((const char *)a) < 0 ? -EFAULT : next_fd++;
    case __NR_statx:
      return memset((void *)e, next_byte() % 2, 256) == NULL;
    case __NR_fsmount:
      return next_fd++;
    case __NR_fsconfig:
      return c != 0 && d != 0 ? look_at_text((const char *)c) + look_at_text((const char *)d) : 0;
    case __NR_symlinkat:
      return look_at_text((const char *)a) + look_at_text((const char *)c);
    case __NR_move_mount:
      return look_at_text((const char *)b) + look_at_text((const char *)d);
    case __NR_write:
      look_at_bytes((const char *)b, (size_t)c);
      return c > 0 ? 1 + next_byte() % c : 0;
    case __NR_getcwd:
      return memcpy((void *)a, "/", 2) == NULL ? 0 : 2;
    case __NR_mkdirat:
    case __NR_unlinkat:
      return look_at_text((const char *)b) < 0 ? -EFAULT : 0;
    case __NR_chdir:
      return look_at_text((const char *)a);
    case __NR_mount:
      return look_at_text((const char *)b);
    case __NR_newfstatat:
      return look_at_text((const char *)b) < 0 ? -EFAULT : memset((void *)c, 0, 144) == NULL;
    case __NR_statfs:
      return look_at_text((const char *)a) < 0 ? -EFAULT : memset((void *)b, 0, 120) == NULL;
    case __NR_open_tree:
      return look_at_text((const char *)b) < 0 ? -EFAULT : next_fd++;
    case __NR_fstat:
      return memset((void *)b, 0, 144) == NULL;
    case __NR_fstatfs:
      return memset((void *)b, 0, 120) == NULL;
    case __NR_getrusage:
      return memset((void *)b, 0, 144) == NULL;
    case __NR_socket:
      return next_fd++;
    case __NR_seccomp:
      return b & SECCOMP_FILTER_FLAG_NEW_LISTENER ? next_fd++ : 0;
    case __NR_dup3:
      return b;
    case __NR_fcntl:
      return b == 1030 /* F_DUPFD_CLOEXEC */ ? next_fd++ : 0;
    default:
      return 0;
  }
}

long raw_syscall(long number, long a, long b, long c, long d, long e, long f) {
  (void)f;
  return take_call(number, a, b, c, d, e);
}

// The child runs in place, because it shares nsinit's memory until its exec, and nsinit waits for it.
long legacy_clone_on_stack(const struct clone3_args *args, void (*function)(void *), void *argument) {
  require(args->stack != 0 && (is_in_child == 0 || (is_in_child == 1 && args->flags & CLONE_PARENT)));
  const long error = maybe_fail();
  if (error < 0) return error;
  if (child_count == CHILDREN_MAX) return -EAGAIN;
  is_in_child++;
  if (setjmp(end_of_child[is_in_child - 1]) == 0) function(argument);
  is_in_child--;
  children[child_count++] = next_pid;
  return next_pid++;
}

long clone3_on_stack(const struct clone3_args *args, void (*function)(void *), void *argument) {
  return legacy_clone_on_stack(args, function, argument);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  input = data;
  input_end = data + size;
  failure_rate = next_byte();
  is_in_child = child_count = 0;
  next_fd = 10;
  children_fd = -1;
  next_pid = 2;
  now = 1;
  if (setjmp(end_of_run) == 0) fuzz_nsinit();
  unmap_all();
  return 0;
}
