// Makes system calls, and prints what each returns: a value, or the negative errno. Each argument is a call: NUMBER,ARGUMENT,...
// "child" makes the calls that follow in a child, and "i386,NUMBER" is a call by int 0x80. The argument "zero" is the address of 4096 zeros.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char zeros[4096];

static long by_interrupt(long number) {
#ifdef __x86_64__
  long result;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(number), "b"(0), "c"(0), "d"(0)
                   : "memory", "r8", "r9", "r10", "r11");
  return (int)result;
#else
  (void)number;
  return -ENOSYS;
#endif
}

static long value_of(const char *text) {
  return strcmp(text, "zero") == 0 ? (long)zeros : (long)strtoull(text, NULL, 0);
}

static long call(char *text) {
  long values[7] = {0};
  int is_foreign = 0;
  int count = 0;
  for (char *word = strtok(text, ","); word != NULL && count < 7; word = strtok(NULL, ",")) {
    if (strcmp(word, "i386") == 0)
      is_foreign = 1;
    else
      values[count++] = value_of(word);
  }
  if (is_foreign) return by_interrupt(values[0]);
  const long result = syscall(values[0], values[1], values[2], values[3], values[4], values[5], values[6]);
  return result < 0 ? -errno : result;
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "child") == 0) {
      const pid_t child = fork();
      if (child < 0) return 1;
      if (child > 0) {
        int status;
        if (waitpid(child, &status, 0) != child) return 1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      }
      continue;
    }
    printf("%ld\n", call(argv[i]));
    fflush(stdout);
  }
  return 0;
}
