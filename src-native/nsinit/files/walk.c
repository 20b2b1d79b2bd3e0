// Lists the entries that match patterns, or collects them. A pattern is a path whose names may have wildcards, and ** stands for any number
// of folders. All patterns are followed at once, so that no entry comes twice.
#include "files.h"

// The rests of patterns that lead on from a folder.
#define RESTS_MAX 64
struct rests {
  const char *texts[RESTS_MAX];
  int count;
};

static struct {
  uint64_t flags, entries_left, size_left;
  uint32_t skipped;
  int is_over;
  char path[PATH_MAX];
} search;

// Deeper folders are left out. Each takes a descriptor and part of the stack.
#define DEPTH_MAX 100
#define SKIPPED_MAX 1000

const struct directory_entry *next_entry(struct entries *entries) {
  for (;;) {
    if (entries->next >= entries->end) {
      const long length = sys(getdents64, entries->folder, entries->buffer, sizeof entries->buffer);
      if (length <= 0) {
        entries->error = length;
        return NULL;
      }
      entries->next = 0;
      entries->end = length;
    }
    const struct directory_entry *entry = (const void *)(entries->buffer + entries->next);
    entries->next += entry->size;
    const char *name = entry->name;
    if (name[0] != '.' || (name[1] != '\0' && (name[1] != '.' || name[2] != '\0'))) return entry;
  }
}

static const char *segment_end(const char *rest) {
  while (*rest != '\0' && *rest != '/') rest++;
  return rest;
}

static int is_any_depth(const char *rest, const char *end) {
  return end - rest == 2 && rest[0] == '*' && rest[1] == '*';
}

static void add(struct rests *rests, const char *text) {
  for (int i = 0; i < rests->count; i++)
    if (rests->texts[i] == text) return;
  if (rests->count < RESTS_MAX) rests->texts[rests->count++] = text;
  // ** stands for no folder as well.
  const char *end = segment_end(text);
  if (is_any_depth(text, end) && *end == '/') add(rests, end + 1);
}

static void skip(long error) {
  // A folder with any number of entries that cannot be collected must not cost any amount of memory.
  if (++search.skipped > SKIPPED_MAX) {
    search.is_over = 1;
    error = OWN_ERROR(EOVERFLOW);
  }
  put_skipped(search.path, error);
}

static void found(long folder, const char *name, struct statx *status) {
  const int is_collected = (search.flags & FILES_FLAG_CONTENT) != 0;
  // A pattern for files may match folders too, which is no reason to say anything.
  if (is_collected && S_ISDIR(status->stx_mode)) return;
  if (search.entries_left == 0) {
    search.is_over = 1;
    put_skipped(search.path, OWN_ERROR(EOVERFLOW));
    return;
  }
  search.entries_left--;
  if (!is_collected) {
    put_entry(status, search.path);
    return;
  }
  const long size = send_file(folder, name, search.path, search.size_left, status);
  if (size < 0)
    skip(size);
  else
    search.size_left -= (uint64_t)size;
}

static void visit_folder(long parent, const char *name, const struct rests *rests, size_t length, int depth);

static void visit_entry(long folder, const char *name, const struct rests *rests, size_t length, int depth) {
  struct rests deeper = {.count = 0};
  int is_found = 0, is_named = 0;
  const int is_hidden = name[0] == '.' && !(search.flags & FILES_FLAG_HIDDEN);
  for (int i = 0; i < rests->count; i++) {
    const char *rest = rests->texts[i], *end = segment_end(rest);
    if (is_any_depth(rest, end)) {
      if (is_hidden) continue;
      add(&deeper, rest);
      if (*end == '\0') is_found = 1;
    } else if ((!is_hidden || *rest == '.') && matches(rest, end, name)) {
      if (*end == '\0') {
        is_found = 1;
      } else {
        add(&deeper, end + 1);
        is_named |= !has_wildcard(rest, end);
      }
    }
  }
  if (!is_found && deeper.count == 0) return;
  size_t size = text_length(name);
  if (length + size + 2 > sizeof search.path || depth == DEPTH_MAX) {
    skip(OWN_ERROR(ENAMETOOLONG));
    return;
  }
  for (size_t i = 0; i <= size; i++) search.path[length + i] = name[i];
  struct statx status;
  const long error = sys(statx, folder, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &status);
  if (error == 0) {
    if (is_found) found(folder, name, &status);
    if (deeper.count > 0 && !search.is_over) {
      if (S_ISDIR(status.stx_mode)) visit_folder(folder, name, &deeper, length + size, depth);
      // A name without wildcards was meant, and the link is the reason that nothing is found.
      else if (is_named && !is_found && S_ISLNK(status.stx_mode))
        skip(OWN_ERROR(ELOOP));
    }
  } else if (error != -ENOENT && error != -ENOTDIR) {
    skip(error);
  }
  search.path[length] = '\0';
}

// Whether the next names are known, so that the folder need not be read, and may have any number of other entries.
static int are_literal(const struct rests *rests) {
  for (int i = 0; i < rests->count; i++)
    if (has_wildcard(rests->texts[i], segment_end(rests->texts[i]))) return 0;
  return 1;
}

static void visit_literal(long folder, const struct rests *rests, size_t length, int depth) {
  for (int i = 0; i < rests->count && !search.is_over; i++) {
    char name[NAME_MAX + 1];
    const size_t size = (size_t)(segment_end(rests->texts[i]) - rests->texts[i]);
    if (size > NAME_MAX) continue;
    for (size_t k = 0; k < size; k++) name[k] = rests->texts[i][k];
    name[size] = '\0';
    int is_new = 1;
    for (int j = 0; j < i; j++)
      if (matches(rests->texts[j], segment_end(rests->texts[j]), name)) is_new = 0;
    if (is_new) visit_entry(folder, name, rests, length, depth);
  }
}

static void visit_entries(long folder, const struct rests *rests, size_t length, int depth) {
  if (are_literal(rests)) {
    visit_literal(folder, rests, length, depth);
    return;
  }
  struct entries entries;
  begin_entries(&entries, folder);
  for (const struct directory_entry *entry; !search.is_over && (entry = next_entry(&entries)) != NULL;)
    visit_entry(folder, entry->name, rests, length, depth);
  if (entries.error < 0) skip(entries.error);
}

static uint64_t folder_flags(const struct rests *rests) {
  return O_DIRECTORY | (are_literal(rests) ? O_PATH : O_RDONLY | O_NONBLOCK);
}

static void visit_folder(long parent, const char *name, const struct rests *rests, size_t length, int depth) {
  const long folder = open_below(parent, name, folder_flags(rests), 0);
  if (folder < 0) {
    skip(folder);
    return;
  }
  search.path[length] = '/';
  search.path[length + 1] = '\0';
  visit_entries(folder, rests, length + 1, depth + 1);
  search.path[length] = '\0';
  raw_syscall(__NR_close, folder, 0, 0, 0, 0, 0);
}

// Follows the patterns that begin in the root, or those that begin in the base.
static void walk_from(const char *base, char **patterns, int absolute) {
  struct rests rests = {.count = 0};
  for (; *patterns != NULL; patterns++)
    if ((**patterns == '/') == absolute) add(&rests, *patterns + absolute);
  if (rests.count == 0) return;
  const long folder = open_path(absolute ? "/" : base, folder_flags(&rests));
  if (folder < 0) put_end(folder, absolute ? "/" : base, 0);
  search.path[0] = absolute ? '/' : '\0';
  search.path[absolute] = '\0';
  visit_entries(folder, &rests, (size_t)absolute, 0);
  raw_syscall(__NR_close, folder, 0, 0, 0, 0, 0);
}

void walk(uint64_t flags, uint64_t max_entries, uint64_t max_size, const char *base, char **patterns) {
  search.flags = flags;
  search.entries_left = max_entries;
  search.size_left = max_size;
  walk_from(base, patterns, 0);
  if (!search.is_over) walk_from(base, patterns, 1);
}
