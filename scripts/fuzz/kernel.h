// The simulated kernel that the fuzzer gives to nsinit: kernel.c.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Returns bytes of the input, and zeros behind its end.
uint8_t next_byte(void);
size_t next_bytes(void *to, size_t size);
int has_input(void);
// Returns 0, or the negative errno with which the call fails. The input determines how often that happens.
long maybe_fail(void);

// memory.c: each mapping has exactly its size, so that AddressSanitizer detects accesses outside of it.
long map(size_t size);
long unmap(void *address, size_t size);
void unmap_all(void);
void receive_into(void *address, size_t room, size_t length);
