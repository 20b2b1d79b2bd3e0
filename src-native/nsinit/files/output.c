// Writes the records to the standard output, a pipe to Node.
#include "files.h"

static char buffer[65536];
static size_t used;

static void flush(void) {
  for (size_t written = 0; written < used;) {
    const long count = sys(write, 1, buffer + written, used - written);
    if (count == -EINTR) continue;
    // Node has closed the pipe, since it wants no more.
    if (count <= 0)
      for (;;) raw_syscall(__NR_exit_group, NSINIT_EXIT_FAILED, 0, 0, 0, 0, 0);
    written += (size_t)count;
  }
  used = 0;
}

static void put(const void *bytes, size_t size) {
  for (const char *next = bytes; size > 0;) {
    if (used == sizeof buffer) flush();
    const size_t part = size < sizeof buffer - used ? size : sizeof buffer - used;
    for (size_t i = 0; i < part; i++) buffer[used + i] = next[i];
    used += part;
    next += part;
    size -= part;
  }
}

void put_record(const struct files_record *record, const char *name, const void *content) {
  put(record, sizeof *record);
  put(name, record->name_size);
  put(content, record->content_size);
}

void put_entry(const struct statx *status, const char *name) {
  const struct files_record record = {
      .kind = FILES_ENTRY,
      .name_size = (uint32_t)text_length(name),
      .mode = status->stx_mode,
      .uid = status->stx_uid,
      .gid = status->stx_gid,
      .size = status->stx_size,
      .modified_ms = status->stx_mtime.tv_sec * 1000 + status->stx_mtime.tv_nsec / (int64_t)NS_PER_MS,
      .syscall_number = -1,
  };
  put_record(&record, name, NULL);
}

static void put_failure(enum files_record_kind kind, const char *name, long error, uint64_t size) {
  const size_t length = text_length(name);
  const struct files_record record = {
      .kind = kind,
      // The kernel refuses a longer path, which is the failure then.
      .name_size = (uint32_t)(length < PATH_MAX ? length : 0),
      .size = size,
      .error = (int32_t)-error,
      .syscall_number = failed_syscall,
  };
  put_record(&record, name, NULL);
}

void put_skipped(const char *name, long error) { put_failure(FILES_SKIPPED, name, error, 0); }

void put_end(long error, const char *name, uint64_t size) {
  put_failure(error < 0 ? FILES_FAILED : FILES_DONE, name, error, size);
  flush();
  for (;;) raw_syscall(__NR_exit_group, 0, 0, 0, 0, 0, 0);
}
