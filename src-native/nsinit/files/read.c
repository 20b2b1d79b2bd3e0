// Reads a regular file.
#include "files.h"

static char buffer[65536];

static long open_in(long folder, const char *path, uint64_t flags) {
  return folder < 0 ? open_path(path, flags) : open_below(folder, path, flags, 0);
}

// A FIFO without a writer would block, and opening a device can have effects. So the entry is looked at first, through a descriptor that
// opens nothing (O_PATH), then opened so that a FIFO put there in between does not block, and then compared.
static long open_file(long folder, const char *path, struct statx *status) {
  const long entry = open_in(folder, path, O_PATH | O_NOFOLLOW);
  if (entry < 0) return entry;
  long error = status_of(entry, status);
  if (error == 0) error = require_file(status);
  raw_syscall(__NR_close, entry, 0, 0, 0, 0, 0);
  if (error < 0) return error;
  const long file = open_in(folder, path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  if (file < 0) return file;
  struct statx opened;
  error = status_of(file, &opened);
  if (error == 0 && (opened.stx_ino != status->stx_ino || opened.stx_dev_major != status->stx_dev_major ||
                     opened.stx_dev_minor != status->stx_dev_minor || require_file(&opened) < 0))
    error = OWN_ERROR(ESTALE);
  if (error == 0) {
    *status = opened;
    return file;
  }
  raw_syscall(__NR_close, file, 0, 0, 0, 0, 0);
  return error;
}

long send_file(long folder, const char *path, const char *name, uint64_t max, struct statx *status) {
  const long file = open_file(folder, path, status);
  if (file < 0) return file;
  long error = 0;
  uint64_t size = 0;
  // A sparse file of any size takes no time.
  if (status->stx_size > max) {
    error = OWN_ERROR(EFBIG);
  } else {
    put_entry(status, name);
    // A file of /proc has the size 0, and another one may grow.
    for (long count; (count = sys(read, file, buffer, sizeof buffer)) != 0;) {
      if (count == -EINTR) continue;
      if (count < 0) {
        error = count;
        break;
      }
      size += (uint64_t)count;
      if (size > max) {
        error = OWN_ERROR(EFBIG);
        break;
      }
      const struct files_record record = {.kind = FILES_CONTENT, .content_size = (uint32_t)count, .syscall_number = -1};
      put_record(&record, "", buffer);
    }
  }
  raw_syscall(__NR_close, file, 0, 0, 0, 0, 0);
  return error < 0 ? error : (long)size;
}
