// Sends a descriptor of its own choice through descriptor 3, as nsinit sends a socket that it has made: forge KIND
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *kind;
static int is(const char *name) { return strcmp(kind, name) == 0; }

static int listener(int flags, const char *host, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  inet_pton(AF_INET, host, &address.sin_addr);
  const int fd = socket(AF_INET, SOCK_STREAM | flags, 0), yes = 1;
  // The loopback interface of a namespace that was just made is down.
  setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &yes, sizeof yes);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) perror("bind");
  if (!is("idle") && listen(fd, 1) < 0) perror("listen");
  return fd;
}

static int open_choice(void) {
  const int flags = is("blocking") ? 0 : SOCK_NONBLOCK;
  if (is("file")) return open("/dev/null", O_RDWR | O_NONBLOCK);
  if (is("udp")) return socket(AF_INET, SOCK_DGRAM | flags, 0);
  if (is("ipv6")) return socket(AF_INET6, SOCK_STREAM | flags, 0);
  if (is("unix")) return socket(AF_UNIX, SOCK_STREAM | flags, 0);
  if (is("port")) return listener(flags, "127.0.0.1", 7001);
  if (is("address")) return listener(flags, "127.0.0.2", 7000);
  if (is("elsewhere") && unshare(CLONE_NEWNET) < 0) perror("unshare");
  if (is("connected")) {
    const int server = listener(0, "127.0.0.1", 7002), client = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    getsockname(server, (struct sockaddr *)&address, &size);
    if (connect(client, (struct sockaddr *)&address, size) < 0) perror("connect");
    fcntl(client, F_SETFL, O_NONBLOCK);
    return client;
  }
  return listener(flags, "127.0.0.1", 7000);
}

int main(int argc, char **argv) {
  kind = argc > 1 ? argv[1] : "";
  const int fds[2] = {open_choice(), 0};
  const size_t size = (is("two") ? 2 : 1) * sizeof(int);
  char byte = 0;
  struct iovec part = {&byte, 1};
  _Alignas(struct cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))] = {0};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (!is("none")) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(size);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(header), fds, size);
  }
  return sendmsg(3, &message, 0) == 1 ? 0 : 1;
}
