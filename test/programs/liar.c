// Takes nsinit's end of the channel and sends messages on it: liar SIZE BYTE COUNT [CLOSE]
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  const int init = (int)syscall(SYS_pidfd_open, 1, 0);
  static char message[1 << 16];
  const size_t size = strtoul(argv[1], NULL, 0);
  memset(message, atoi(argv[2]), sizeof message);
  for (int number = 0; number < 64; number++) {
    const int stolen = (int)syscall(SYS_pidfd_getfd, init, number, 0);
    int type = 0;
    socklen_t length = sizeof type;
    if (stolen < 0 || getsockopt(stolen, SOL_SOCKET, SO_TYPE, &type, &length) < 0 || type != SOCK_SEQPACKET) continue;
    for (int i = 0; i < atoi(argv[3]); i++) send(stolen, message, size, MSG_NOSIGNAL);
    if (argc > 4) shutdown(stolen, SHUT_RDWR);
    pause();
  }
  return 3;
}
