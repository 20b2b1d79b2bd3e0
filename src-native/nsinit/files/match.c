// Matches names with patterns, as glob(7) describes them.
#include "files.h"

// Matches one character with the class that begins behind `[`. Returns the end of the class, or NULL if it has none: then `[` means itself.
static const char *match_class(const char *next, const char *end, char character, int *is_match) {
  const int is_negated = next < end && (*next == '!' || *next == '^');
  if (is_negated) next++;
  int is_found = 0;
  for (const char *first = next; next < end && (*next != ']' || next == first); next++) {
    if (*next == '\\' && next + 1 < end) next++;
    const unsigned char low = (unsigned char)*next;
    unsigned char high = low;
    if (end - next > 2 && next[1] == '-' && next[2] != ']') {
      next += 2;
      high = (unsigned char)*next;
    }
    if (low <= (unsigned char)character && (unsigned char)character <= high) is_found = 1;
  }
  *is_match = is_found != is_negated;
  return next < end ? next + 1 : NULL;
}

// Matches one character with the next part of a pattern. Returns where the part ends, or NULL if it does not match.
static const char *match_one(const char *pattern, const char *end, char character) {
  if (*pattern == '?') return pattern + 1;
  if (*pattern == '[') {
    int is_match = 0;
    const char *after = match_class(pattern + 1, end, character, &is_match);
    if (after != NULL) return is_match ? after : NULL;
  }
  if (*pattern == '\\' && pattern + 1 < end) pattern++;
  return *pattern == character ? pattern + 1 : NULL;
}

int matches(const char *pattern, const char *end, const char *name) {
  // Where to go on if what follows the last `*` does not match. To go back no further is enough, so the time is bounded.
  const char *star = NULL, *retry = NULL;
  while (*name != '\0') {
    if (pattern < end && *pattern == '*') {
      star = ++pattern;
      retry = name;
      continue;
    }
    const char *next = pattern < end ? match_one(pattern, end, *name) : NULL;
    if (next != NULL) {
      const int is_literal = *pattern != '?' && *pattern != '[';
      pattern = next;
      name++;
      // A character of several bytes in UTF-8.
      while (!is_literal && ((unsigned char)*name & 0xc0) == 0x80) name++;
    } else if (star != NULL) {
      pattern = star;
      name = ++retry;
    } else {
      return 0;
    }
  }
  while (pattern < end && *pattern == '*') pattern++;
  return pattern == end;
}

int has_wildcard(const char *pattern, const char *end) {
  for (; pattern < end; pattern++)
    if (*pattern == '*' || *pattern == '?' || *pattern == '[' || *pattern == '\\') return 1;
  return 0;
}
