// The command of the scenarios, linked statically so that it starts quickly. It prints the requested properties of its process, and ends.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int code = 7;

static void print_status(const char *name) {
  FILE *file = fopen("/proc/self/status", "re");
  char line[256];
  while (file != NULL && fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, name, strlen(name)) == 0) fputs(line, stdout);
  if (file != NULL) fclose(file);
}

static void print(const char *what) {
  char text[256] = "";
  struct rlimit limit;
  struct timespec now;
  if (strcmp(what, "wait") == 0) {
    puts("waiting");
    fflush(stdout);
    pause();
  } else if (strcmp(what, "stray") == 0) {
    // A daemon in another session, which outlives the command.
    if (fork() == 0) {
      if (fork() == 0) {
        setsid();
        for (int fd = 0; fd < 3; fd++) close(fd);
        for (;;) pause();
      }
      _exit(0);
    }
    wait(NULL);
  } else if (strcmp(what, "zero") == 0) {
    code = 0;
  } else if (strcmp(what, "pid") == 0) {
    printf("pid %d\n", getpid());
  } else if (strcmp(what, "ids") == 0) {
    printf("ids %d %d %d\n", getuid(), getgid(), getgroups(0, NULL));
  } else if (strcmp(what, "cwd") == 0) {
    printf("cwd %s\n", getcwd(text, sizeof text));
  } else if (strcmp(what, "host") == 0) {
    gethostname(text, sizeof text);
    printf("host %s", text);
    if (getdomainname(text, sizeof text) == 0) printf(" %s\n", text);
  } else if (strcmp(what, "limit") == 0) {
    getrlimit(RLIMIT_NOFILE, &limit);
    printf("limit %lu %lu\n", limit.rlim_cur, limit.rlim_max);
  } else if (strcmp(what, "time") == 0) {
    clock_gettime(CLOCK_MONOTONIC, &now);
    printf("time %d\n", now.tv_sec > 1000000000);
  } else if (strcmp(what, "session") == 0) {
    printf("session %d\n", getsid(0) == getpid());
  } else if (strcmp(what, "terminal") == 0) {
    printf("terminal %d\n", isatty(0) && isatty(1) && isatty(2) && tcgetpgrp(0) == getpgrp());
  } else if (strcmp(what, "size") == 0) {
    printf("size %zu\n", strlen(getenv("LARGE") == NULL ? "" : getenv("LARGE")));
  } else {
    print_status(what);
  }
}

int main(int count, char **arguments) {
  for (int i = 1; i < count; i++) print(arguments[i]);
  puts("done");
  return fflush(stdout) == 0 ? code : 8;
}
