// Writes a file: a new one is written beside it and takes its name. So nothing that is there is ever opened, whatever it is, a reader sees
// the old content or the new one, and a failure leaves the old one.
#include <linux/random.h>

#include "files.h"

static char buffer[65536];

// Copies the standard input. If it ends early, Node has ended or has given up.
static long copy_input(long file, uint64_t size) {
  while (size > 0) {
    const long count = sys(read, 0, buffer, size < sizeof buffer ? size : sizeof buffer);
    if (count == -EINTR) continue;
    if (count < 0) return count;
    if (count == 0) return OWN_ERROR(EPIPE);
    for (long written = 0; written < count;) {
      const long more = sys(write, file, buffer + written, count - written);
      if (more < 0 && more != -EINTR) return more;
      if (more > 0) written += more;
    }
    size -= (uint64_t)count;
  }
  return 0;
}

static long check_target(long folder, const char *name, uint64_t flags) {
  const long entry = open_below(folder, name, O_PATH | O_NOFOLLOW, 0);
  if (entry == -ENOENT) return 0;
  if (entry < 0) return entry;
  struct statx status;
  long error = flags & FILES_FLAG_EXCLUSIVE ? OWN_ERROR(EEXIST) : status_of(entry, &status);
  if (error == 0) error = require_file(&status);
  raw_syscall(__NR_close, entry, 0, 0, 0, 0, 0);
  return error;
}

#define RENAME_NOREPLACE 1

static long write_beside(long folder, const char *name, uint64_t size, uint32_t uid, uint32_t gid, uint32_t mode,
                         uint64_t flags) {
  char temporary[] = ".namespawn-0123456789abcdef";
  unsigned char random[8];
  const long filled = sys(getrandom, random, sizeof random, GRND_NONBLOCK);
  if (filled < 0) return filled;
  for (size_t i = 0; i < 2 * sizeof random; i++)
    temporary[sizeof temporary - 2 - i] = "0123456789abcdef"[random[i / 2] >> 4 * (i % 2) & 15];
  const long file = sys(openat, folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return file;
  long error = copy_input(file, size);
  // The owner comes first, since a change of it clears set-user-ID.
  if (error == 0) error = sys(fchown, file, uid, gid);
  if (error == 0) error = sys(fchmod, file, mode);
  if (error == 0) {
    const int exclusive = (flags & FILES_FLAG_EXCLUSIVE) != 0;
    error = sys(renameat2, folder, temporary, folder, name, exclusive ? RENAME_NOREPLACE : 0);
  }
  if (error < 0) raw_syscall(__NR_unlinkat, folder, (long)temporary, 0, 0, 0, 0);
  raw_syscall(__NR_close, file, 0, 0, 0, 0, 0);
  return error;
}

long write_from_input(const char *path, uint64_t size, uint32_t uid, uint32_t gid, uint32_t mode, uint64_t flags) {
  const char *name;
  const long folder = open_parent(path, (flags & FILES_FLAG_PARENTS) != 0, uid, gid, &name);
  if (folder < 0) return folder;
  long error = check_target(folder, name, flags);
  if (error == 0) error = write_beside(folder, name, size, uid, gid, mode, flags);
  return error;
}
