// The threads and processes that are traced.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tracer.h"

#define TASKS_MAX 1024
static struct task tasks[TASKS_MAX];
static unsigned count;

struct task *find_task(pid_t id) {
  for (unsigned i = 0; i < count; i++)
    if (tasks[i].id == id) return &tasks[i];
  return NULL;
}

struct task *add_task(pid_t id) {
  if (count == TASKS_MAX) _exit(3);
  tasks[count] = (struct task){.id = id};
  return &tasks[count++];
}

void remove_task(pid_t id) {
  struct task *task = find_task(id);
  if (task != NULL) *task = tasks[--count];
}

unsigned count_strangers(void) {
  unsigned strangers = 0;
  for (unsigned i = 0; i < count; i++) strangers += !tasks[i].is_node;
  return strangers;
}

void describe_strangers(void) {
  for (unsigned i = 0; i < count; i++) {
    if (tasks[i].is_node) continue;
    char path[32], name[32] = "";
    snprintf(path, sizeof path, "/proc/%d/comm", tasks[i].id);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t length = file < 0 ? -1 : read(file, name, sizeof name - 1);
    if (file >= 0) close(file);
    if (length > 0) name[strcspn(name, "\n")] = '\0';
    printf("left %s %d %s\n", role_name(tasks[i].role), tasks[i].id, name);
  }
}
