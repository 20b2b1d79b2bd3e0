// Exchanges two paths without a pause: swap A B
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int count, char **arguments) {
  if (count != 3) return 2;
  puts("ready");
  fflush(stdout);
  for (;;)
    if (syscall(SYS_renameat2, AT_FDCWD, arguments[1], AT_FDCWD, arguments[2], 2 /* RENAME_EXCHANGE */) < 0) return 1;
}
