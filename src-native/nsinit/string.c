// The compiler turns loops and initialisers into calls of these functions even without libc.
#include "nsinit.h"

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);

__attribute__((used)) void *memcpy(void *restrict to, const void *restrict from, size_t size) {
  char *out = to;
  const char *in = from;
  while (size-- > 0) {
    *out++ = *in++;
    __asm__ volatile("" ::
                         : "memory");  // otherwise the compiler would turn this loop into a call of the function itself
  }
  return to;
}

__attribute__((used)) void *memmove(void *to, const void *from, size_t size) {
  if ((uintptr_t)to <= (uintptr_t)from) return memcpy(to, from, size);
  char *out = to;
  const char *in = from;
  while (size-- > 0) {
    out[size] = in[size];
    __asm__ volatile("" ::: "memory");
  }
  return to;
}

__attribute__((used)) void *memset(void *to, int byte, size_t size) {
  char *out = to;
  while (size-- > 0) {
    *out++ = (char)byte;
    __asm__ volatile("" ::: "memory");
  }
  return to;
}

size_t text_length(const char *text) {
  size_t length = 0;
  while (text[length] != '\0') length++;
  return length;
}

int text_has(const char *text, char character) {
  for (; *text != '\0'; text++)
    if (*text == character) return 1;
  return 0;
}
