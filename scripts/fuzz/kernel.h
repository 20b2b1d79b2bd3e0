// The kernel that the fuzzer gives to nsinit: kernel.c.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Bytes of the input; zeros behind its end.
uint8_t next_byte(void);
size_t next_bytes(void *to, size_t size);
int has_input(void);
// Whether a call fails this time, and with which errno: the input says how often.
long maybe_fail(void);

// memory.c: mappings, each of just its size, so that AddressSanitizer sees whoever leaves it.
long map(size_t size);
long unmap(void *address, size_t size);
void unmap_all(void);
void receive_into(void *address, size_t room, size_t length);
