// The file worker reads, writes, lists and removes files inside for Node. It is nsinit's executable, started by nsinit as an ordinary
// command with arguments, so it has no rights but those of a command: whatever a process inside has put in its way, it can reach no more
// than that process. It sends bytes to Node, and never a descriptor. docs/files.md
//
//   main.c     reads the arguments
//   output.c   writes the records
//   resolve.c  opens paths without following links
//   read.c     reads a regular file
//   walk.c     lists entries and collects files by patterns
//   match.c    matches a name with a pattern
//   write.c    writes a file
//   remove.c   removes a file or a folder
#pragma once

#include <linux/limits.h>
#include <linux/stat.h>

#include "../../protocol/directory_entry.h"
#include "../../protocol/files.h"
#include "../kernel.h"
#include "../nsinit.h"
#include "../syscalls.h"

// linux/openat2.h of Linux 5.6, which the headers of older systems lack.
struct path_options {
  uint64_t flags, mode, resolve;
};
#ifndef RESOLVE_IN_ROOT
#define RESOLVE_NO_XDEV 0x01
#define RESOLVE_NO_MAGICLINKS 0x02
#define RESOLVE_NO_SYMLINKS 0x04
#define RESOLVE_BENEATH 0x08
#define RESOLVE_IN_ROOT 0x10
#endif
#ifndef __NR_openat2
#define __NR_openat2 437
#endif

// A failure that no system call has reported.
#define OWN_ERROR(error) (failed_syscall = -1, -(long)(error))

// main.c
__attribute__((noreturn)) void files_main(int count, char **arguments);

// output.c
void put_record(const struct files_record *record, const char *name, const void *content);
void put_entry(const struct statx *status, const char *name);
void put_skipped(const char *name, long error);
__attribute__((noreturn)) void put_end(long error, const char *name, uint64_t size);

// resolve.c
// Opens a path without following any link. An absolute path is below the root, any other below the working directory.
long open_path(const char *path, uint64_t flags);
// Opens an entry of a folder.
long open_below(long folder, const char *name, uint64_t flags, uint64_t more_resolve);
// Opens the folder that contains the last name of a path, and sets `name` to it. Makes missing folders for the user if `parents` is set.
long open_parent(const char *path, int parents, uint32_t uid, uint32_t gid, const char **name);
long status_of(long descriptor, struct statx *status);
// Returns 0 for a regular file, and otherwise the negative errno that says what it is.
long require_file(const struct statx *status);

// read.c
// Sends the content of a regular file, of which `path` was opened with O_PATH in `folder`. Returns its size or the negative errno.
long send_file(long folder, const char *path, const char *name, uint64_t max, struct statx *status);

// match.c
// Matches a name with a pattern, which ends at `end`: * ? [a-z] [!a-z] and \ before a character.
int matches(const char *pattern, const char *end, const char *name);
int has_wildcard(const char *pattern, const char *end);

// walk.c
void walk(uint64_t flags, uint64_t max_entries, uint64_t max_size, const char *base, char **patterns);
// write.c
long write_from_input(const char *path, uint64_t size, uint32_t uid, uint32_t gid, uint32_t mode, uint64_t flags);
// remove.c
long remove_path(const char *path, uint64_t flags);

// Reads the entries of a folder. next_entry() returns NULL at the end, or if reading fails; `error` is negative then.
struct entries {
  long folder;
  long next, end, error;
  char buffer[8192] __attribute__((aligned(8)));
};
static inline void begin_entries(struct entries *entries, long folder) {
  entries->folder = folder;
  entries->next = entries->end = entries->error = 0;
}
const struct directory_entry *next_entry(struct entries *entries);
