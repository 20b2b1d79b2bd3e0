// The simulated kernel for nsinit under the fuzzer: kernel.c.
#pragma once

#include <stddef.h>
#include <stdint.h>

// The next bytes of the input, and zeros after its end.
uint8_t next_byte(void);
size_t next_bytes(void *to, size_t size);
int has_input(void);
// Returns whether a call fails this time, and with which errno. The input says how often.
long maybe_fail(void);

// memory.c: mappings of exactly the requested size, so that AddressSanitizer finds accesses beyond them.
long map(size_t size);
long unmap(void *address, size_t size);
void unmap_all(void);
void receive_into(void *address, size_t room, size_t length);
