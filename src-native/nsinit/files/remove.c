// Removes a file, an empty folder, or a folder with all that is in it.
#include "../../protocol/decimal.h"
#include "files.h"

static int is_full(long error) { return error == -ENOTEMPTY || error == -EEXIST; }

// Removes an entry that is no folder with something in it. A link is removed itself.
static long remove_entry(long folder, const char *name) {
  const long error = sys(unlinkat, folder, name, 0);
  return error == -EISDIR ? sys(unlinkat, folder, name, AT_REMOVEDIR) : error;
}

// Opens a folder to remove what is in it. What is mounted inside it belongs to another file system, and stays.
static long open_folder(long parent, const char *name) {
  return open_below(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, RESOLVE_NO_XDEV);
}

// Gives a folder a name of its own in the top folder.
static long move_up(long folder, const char *name, long top) {
  static long number;
  char moved[32] = ".namespawn-";
  for (;;) {
    moved[11 + print_number(moved + 11, number++)] = '\0';
    const long error = sys(renameat2, folder, name, top, moved, 1 /* RENAME_NOREPLACE */);
    if (error != -EEXIST) return error;
  }
}

// Empties a folder of the top folder and removes it. The folders that are in it move up, instead of being entered, so that neither the
// stack nor the number of descriptors grows with the depth.
static long remove_folder(long top, const char *name) {
  static struct entries entries;
  begin_entries(&entries, open_folder(top, name));
  if (entries.folder < 0) return entries.folder;
  long error = 0;
  for (const struct directory_entry *entry; error == 0 && (entry = next_entry(&entries)) != NULL;) {
    error = remove_entry(entries.folder, entry->name);
    if (is_full(error)) error = move_up(entries.folder, entry->name, top);
    if (error == -ENOENT) error = 0;
  }
  raw_syscall(__NR_close, entries.folder, 0, 0, 0, 0, 0);
  if (error == 0) error = entries.error;
  return error == 0 ? sys(unlinkat, top, name, AT_REMOVEDIR) : error;
}

static long empty(long top) {
  static struct entries entries;
  for (int is_empty = 0; !is_empty;) {
    is_empty = 1;
    const long rewound = sys(lseek, top, 0, 0);
    if (rewound < 0) return rewound;
    begin_entries(&entries, top);
    for (const struct directory_entry *entry; (entry = next_entry(&entries)) != NULL;) {
      is_empty = 0;
      long error = remove_entry(top, entry->name);
      if (is_full(error)) error = remove_folder(top, entry->name);
      // Another process removes or makes entries at the same time.
      if (error < 0 && error != -ENOENT && !is_full(error)) return error;
    }
    if (entries.error < 0) return entries.error;
  }
  return 0;
}

long remove_path(const char *path, uint64_t flags) {
  const char *name;
  const long parent = open_parent(path, 0, 0, 0, &name);
  if (parent < 0) return parent;
  long error = remove_entry(parent, name);
  if (!(flags & FILES_FLAG_RECURSIVE) || !is_full(error)) return error;
  const long top = open_folder(parent, name);
  if (top < 0) return top;
  error = empty(top);
  return error == 0 ? sys(unlinkat, parent, name, AT_REMOVEDIR) : error;
}
