// Executes a command as execvp(3) does. It searches the PATH of the command's own environment inside, after all mounts and changes of
// directory.
#include <linux/limits.h>

#include "kernel.h"
#include "nsinit.h"

// The value of confstr(_CS_PATH) in glibc, which execvp uses if there is no PATH.
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
  // A process has the file open for writing: for example a compiler that has just written it, or a process that such a compiler has forked
  // and that has not executed its program yet. This does not last long.
  for (int attempt = 0; error == -ETXTBSY && attempt < 20; attempt++) {
    const struct __kernel_timespec pause = to_timespec(NS_PER_MS << (attempt / 4));
    sys(nanosleep, &pause, 0);
    error = sys(execve, file, arguments, environment);
  }
  if (error != -ENOEXEC) return error;
  // The shell executes a text file without an interpreter line. The slot before arguments[0] is reserved for this.
  arguments[-1] = (char *)"/bin/sh";
  char *const name = arguments[0];
  arguments[0] = (char *)file;
  error = sys(execve, "/bin/sh", arguments - 1, environment);
  arguments[0] = name;
  return error;
}

// The errors after which execvp tries the next directory.
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
      if (size > 0) *end++ = '/';  // an empty entry means the current directory
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

// The vectors of the command that is being started. Its process shares nsinit's memory, so they still exist after the exec.
static char **vectors;
static size_t vectors_size;
// To map and unmap memory takes 12 us (Linux 6.18). Most commands need no more than this.
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

// Fills a NULL-terminated vector from consecutive texts. Returns the end of the last one, or NULL if there are too few.
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
  // One slot before the arguments for the shell, and two NULLs.
  long error = make_vectors(argument_count + variable_count + 3);
  if (error < 0) return error;
  char **arguments = vectors + 1;
  char **environment = arguments + argument_count + 1;
  const char *rest = fill(arguments, argument_count, file + text_length(file) + 1, end);
  if (rest == NULL || fill(environment, variable_count, rest, end) == NULL) return -EPROTO;
  if (operation->u.exec.descriptor != 0) {
    const uint64_t descriptor = operation->u.exec.descriptor;
    error = sys(fcntl, descriptor, F_SETFD, FD_CLOEXEC);
    return error < 0 ? error : sys(execveat, descriptor, "", arguments, environment, AT_EMPTY_PATH);
  }
  failed_syscall = __NR_execve;
  // execvp fails with ENOENT for an empty name. The kernel would try to execute the directory and fail with EACCES.
  if (*file == '\0') return -ENOENT;
  error = text_has(file, '/') ? execute_file(file, arguments, environment)
                              : execute_along_path(file, arguments, environment);
  failed_syscall = __NR_execve;
  return error;
}
