// The entries that getdents64(2) returns: struct linux_dirent64 of the kernel's include/linux/dirent.h.
#pragma once

#include <stdint.h>

struct directory_entry {
  uint64_t inode;
  int64_t offset;
  unsigned short size;
  unsigned char type;
  char name[];
};
#define DIRECTORY_TYPE 4
