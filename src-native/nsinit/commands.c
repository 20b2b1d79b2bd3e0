// The running commands. The table grows, because a sandbox may have any number of them.
#include "kernel.h"
#include "nsinit.h"

static struct command first[8];
static struct command *commands = first;
static uint32_t count, capacity = sizeof first / sizeof *first;

uint32_t command_count(void) { return count; }

struct command *command_at(uint32_t index) {
  return &commands[index];
}

struct command *command_by_id(uint32_t id) {
  for (uint32_t i = 0; i < count; i++)
    if (commands[i].id == id) return &commands[i];
  return NULL;
}

struct command *command_by_pid(int pid) {
  for (uint32_t i = 0; i < count; i++)
    if (commands[i].pid == pid) return &commands[i];
  return NULL;
}

static int grow(void) {
  const size_t size = capacity * sizeof *commands;
  const long larger = sys(mmap, 0, size * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (larger < 0) return 0;
  struct command *copy = (struct command *)larger;
  for (uint32_t i = 0; i < count; i++) copy[i] = commands[i];
  if (commands != first) sys(munmap, commands, size);
  commands = copy;
  capacity *= 2;
  return 1;
}

struct command *add_command(uint32_t id) {
  if (count == capacity && !grow()) return NULL;
  commands[count] = (struct command){.id = id};
  return &commands[count++];
}

void remove_command(struct command *command) { *command = commands[--count]; }
