// What the file worker (nsinit/files/) writes to its standard output: a sequence of records, each followed by its name and its content. A
// process inside may have taken the worker over, so Node checks every field (lib/start/files/records.ts).
#pragma once

#include <stdint.h>

// The kinds of records.
//   ENTRY    a file, folder or other entry: its name and its properties. CONTENT records follow for a file that is read
//   CONTENT  the next part of that file
//   SKIPPED  an entry that is left out, and why
//   FAILED   nothing more follows
//   DONE     nothing more follows
#define FILES_RECORDS(X) X(ENTRY, 1) X(CONTENT, 2) X(SKIPPED, 3) X(FAILED, 4) X(DONE, 5)

struct files_record {
  uint32_t kind;
  uint32_t name_size;  // in bytes, without a NUL
  uint32_t content_size;
  uint32_t mode;  // with the type
  uint32_t uid, gid;
  uint64_t size;
  int64_t modified_ms;
  int32_t error;           // the errno
  int32_t syscall_number;  // -1 if no system call has failed
};

#define FILES_ENUM(name, value) FILES_##name = value,
enum files_record_kind { FILES_RECORDS(FILES_ENUM) };
#undef FILES_ENUM

// The flags of the operations.
//   CONTENT    walk: sends the content of regular files
//   HIDDEN     walk: patterns match names that begin with a dot
//   EXCLUSIVE  write: fails if there is a file
//   PARENTS    write: makes the folders that are missing
//   RECURSIVE  remove: removes a folder with what is in it
#define FILES_FLAGS(X) X(CONTENT, 1) X(HIDDEN, 2) X(EXCLUSIVE, 4) X(PARENTS, 8) X(RECURSIVE, 16)

#define FILES_ENUM(name, value) FILES_FLAG_##name = value,
enum files_flag { FILES_FLAGS(FILES_ENUM) };
#undef FILES_ENUM
