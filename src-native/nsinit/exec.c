// Executes a command as execvp(3) does, along the PATH of the command's own environment: the file is looked up inside,
// after every mount and change of directory.
#include <linux/limits.h>

#include "kernel.h"
#include "nsinit.h"

// What glibc's confstr(_CS_PATH) has, which execvp takes where PATH is missing.
static const char default_path[] = "/bin:/usr/bin";

static const char *find_path(char *const *environment) {
  for (; *environment != NULL; environment++) {
    const char *variable = *environment;
    if (variable[0] == 'P' && variable[1] == 'A' && variable[2] == 'T' && variable[3] == 'H' && variable[4] == '=')
      return variable + 5;
  }
  return default_path;
}

static long execute_file(const char *file, char **arguments, char **environment) {
  long error = sys(execve, file, arguments, environment);
  // Somebody still has the file open for writing: a compiler that just wrote it, or a fork of such a process that has not
  // executed yet. It is over within moments.
  for (int attempt = 0; error == -ETXTBSY && attempt < 20; attempt++) {
    const struct __kernel_timespec pause = to_timespec(NS_PER_MS << (attempt / 4));
    sys(nanosleep, &pause, 0);
    error = sys(execve, file, arguments, environment);
  }
  if (error != -ENOEXEC) return error;
  // A text without an interpreter's line is the shell's. The slot before arguments[0] is free for it.
  arguments[-1] = (char *)"/bin/sh";
  char *const name = arguments[0];
  arguments[0] = (char *)file;
  error = sys(execve, "/bin/sh", arguments - 1, environment);
  arguments[0] = name;
  return error;
}

// Errors after which execvp goes on with the next directory.
static int means_not_here(long error) {
  return error == -ENOENT || error == -ENOTDIR || error == -ESTALE || error == -ENODEV || error == -ETIMEDOUT;
}

static long execute_along_path(const char *file, char **arguments, char **environment) {
  char candidate[PATH_MAX];
  const size_t length = text_length(file);
  long error = -ENOENT;
  int was_denied = 0;
  for (const char *directory = find_path(environment);;) {
    size_t size = 0;
    while (directory[size] != '\0' && directory[size] != ':') size++;
    if (size + 1 + length < sizeof candidate) {
      char *end = candidate;
      for (size_t i = 0; i < size; i++) *end++ = directory[i];
      if (size > 0) *end++ = '/';  // an empty entry is the current directory
      for (size_t i = 0; i <= length; i++) *end++ = file[i];
      error = execute_file(candidate, arguments, environment);
      if (error == -EACCES)
        was_denied = 1;
      else if (!means_not_here(error))
        return error;
    }
    if (directory[size] == '\0') break;
    directory += size + 1;
  }
  return was_denied ? -EACCES : error;
}

// The vectors of the command that is being started. It shares nsinit's memory: after the execution they are still here.
static char **vectors;
static size_t vectors_size;
// A mapping and its end take 12 us (Linux 6.18), and most commands need no more than this.
static char *few_vectors[256];

static long make_vectors(uint64_t count) {
  vectors_size = count * sizeof(char *);
  if (vectors_size <= sizeof few_vectors) {
    vectors = few_vectors;
    return 0;
  }
  const long mapping = sys(mmap, 0, vectors_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping < 0) return mapping;
  vectors = (char **)mapping;
  return 0;
}

void release_vectors(void) {
  if (vectors != NULL && vectors != few_vectors) sys(munmap, vectors, vectors_size);
  vectors = NULL;
}

// Fills a NULL-terminated vector from texts that stand one behind the other; NULL where they run out.
static const char *fill(char **vector, uint64_t count, const char *text, const char *end) {
  for (uint64_t i = 0; i < count; i++) {
    if (text >= end) return NULL;
    vector[i] = (char *)text;
    text += text_length(text) + 1;
  }
  vector[count] = NULL;
  return text;
}

long execute(const struct step *step) {
  const struct nsinit_operation *operation = step->operation;
  const uint64_t argument_count = operation->u.exec.argument_count, variable_count = operation->u.exec.variable_count;
  const char *file = operation_text(operation, 0);
  const char *end = (const char *)operation + operation->size;
  failed_syscall = -1;
  if (file == NULL || argument_count == 0 || argument_count > operation->size || variable_count > operation->size)
    return -EPROTO;
  // One slot in front for the shell, two NULLs.
  long error = make_vectors(argument_count + variable_count + 3);
  if (error < 0) return error;
  char **arguments = vectors + 1;
  char **environment = arguments + argument_count + 1;
  const char *rest = fill(arguments, argument_count, file + text_length(file) + 1, end);
  if (rest == NULL || fill(environment, variable_count, rest, end) == NULL) return -EPROTO;
  failed_syscall = __NR_execve;
  // execvp answers ENOENT to an empty name; the kernel would execute the directory and answer EACCES.
  if (*file == '\0') return -ENOENT;
  error = text_has(file, '/') ? execute_file(file, arguments, environment)
                              : execute_along_path(file, arguments, environment);
  failed_syscall = __NR_execve;
  return error;
}
