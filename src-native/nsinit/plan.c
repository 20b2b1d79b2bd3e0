// Decodes what Node sends. It checks everything, and the fuzzer tests it with arbitrary input.
#include "nsinit.h"

// lib/start/plan/writer.ts writes headers of these sizes.
_Static_assert(sizeof(struct nsinit_frame) == 40, "the size of a frame's header");
_Static_assert(sizeof(struct nsinit_operation) == 32, "the size of an operation's header");

// Takes a record of `size` bytes from the cursor. Returns 0 if there is no such record.
static int take(struct cursor *cursor, uint32_t size, size_t header) {
  const size_t left = (size_t)(cursor->end - cursor->next);
  if (size < header || size % 8 != 0 || size > left) return 0;
  cursor->next += size;
  return 1;
}

const struct nsinit_frame *next_frame(struct cursor *frames, struct cursor *operations) {
  if ((size_t)(frames->end - frames->next) < sizeof(struct nsinit_frame)) return NULL;
  const struct nsinit_frame *frame = (const void *)frames->next;
  if (!take(frames, frame->size, sizeof *frame)) return NULL;
  operations->next = (const char *)(frame + 1);
  operations->end = frames->next;
  return frame;
}

const struct nsinit_operation *next_operation(struct cursor *operations) {
  if ((size_t)(operations->end - operations->next) < sizeof(struct nsinit_operation)) return NULL;
  const struct nsinit_operation *operation = (const void *)operations->next;
  if (!take(operations, operation->size, sizeof *operation)) return NULL;
  return operation;
}

// Returns a text of an operation, or NULL. The index counts from 0.
const char *operation_text(const struct nsinit_operation *operation, uint64_t index) {
  const char *text = (const char *)(operation + 1);
  const char *end = (const char *)operation + operation->size;
  // If the last byte were no NUL, a text could extend beyond the record.
  if (text == end || end[-1] != '\0') return NULL;
  for (; index > 0 && text < end; index--) text += text_length(text) + 1;
  return text < end ? text : NULL;
}

const uint32_t *operation_numbers(const struct nsinit_operation *operation, uint64_t count) {
  const size_t room = operation->size - sizeof *operation;
  return count <= room / sizeof(uint32_t) ? (const void *)(operation + 1) : NULL;
}
