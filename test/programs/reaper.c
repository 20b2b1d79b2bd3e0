// Runs a command and becomes the parent of the orphans of its descendants, instead of the machine's init:
// reaper [--until-all-have-ended] COMMAND [ARGUMENT...]
// So the children of this process are the orphans of this command, and of no other that runs on this machine. It reaps them when they end.
// It ends with the command and with its status or, with the option, when it has no child any more.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  const int waits_for_all = argc > 1 && strcmp(argv[1], "--until-all-have-ended") == 0;
  char **command = argv + 1 + waits_for_all;
  if (*command == NULL) return 2;
  // If the process that has started this one ends, the command ends as well.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) {
    perror("prctl");
    return 2;
  }
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    execvp(*command, command);
    perror(*command);
    _exit(127);
  }
  int result = 0;
  for (int is_over = child < 0; !is_over;) {
    int status;
    const pid_t ended = wait(&status);
    if (ended < 0 && errno == EINTR) continue;
    if (ended == child) result = status;
    is_over = ended < 0 || (ended == child && !waits_for_all);
  }
  if (child < 0) return 2;
  if (!WIFSIGNALED(result)) return WEXITSTATUS(result);
  // The command has already written its core dump, if there is one.
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  signal(WTERMSIG(result), SIG_DFL);
  raise(WTERMSIG(result));
  return 128 + WTERMSIG(result);
}
