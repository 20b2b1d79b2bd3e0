// Mappings for nsinit under the fuzzer.
#include <errno.h>
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

#define MAPPINGS_MAX 64

static struct {
  void *address;
  size_t size;
} mappings[MAPPINGS_MAX];
static size_t mapping_count;

long map(size_t size) {
  if (size == 0) return -EINVAL;
  if (size > (16 << 20) || mapping_count == MAPPINGS_MAX) return -ENOMEM;
  mappings[mapping_count].address = calloc(1, size);
  mappings[mapping_count].size = size;
  return (long)mappings[mapping_count++].address;
}

long unmap(void *address, size_t size) {
  for (size_t i = 0; i < mapping_count; i++) {
    if (mappings[i].address != address) continue;
    // With another size a part would stay mapped, or another mapping would be removed.
    if (mappings[i].size != size) abort();
    ASAN_UNPOISON_MEMORY_REGION(address, size);
    free(address);
    mappings[i] = mappings[--mapping_count];
    return 0;
  }
  abort();
}

void unmap_all(void) {
  while (mapping_count > 0) unmap(mappings[0].address, mappings[0].size);
}

// The bytes after a datagram in its mapping do not belong to it.
void receive_into(void *address, size_t room, size_t length) {
  ASAN_UNPOISON_MEMORY_REGION(address, room);
  next_bytes(address, length);
  ASAN_POISON_MEMORY_REGION((char *)address + length, room - length);
}
