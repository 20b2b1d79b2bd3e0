// Reads the arguments of the file worker. Node has checked them, and a process inside that starts nsinit with others harms only itself.
#include <linux/prctl.h>

#include "../../protocol/decimal.h"
#include "files.h"

static int is_name(const char *text, const char *name) {
  while (*text != '\0' && *text == *name) text++, name++;
  return *text == *name;
}

static uint64_t number(const char *text) { return (uint64_t)parse_number(text, (long)text_length(text)); }

void files_main(int count, char **arguments) {
  // The worker is an ordinary process inside. It is no use to others, but they need not look into it either.
  sys(prctl, PR_SET_DUMPABLE, 0);
  sys(prctl, PR_SET_NAME, "nsinit-files");
  sys(umask, 0);
  char **rest = arguments + 2;
  long error = OWN_ERROR(EPROTO);
  const char *operation = arguments[1], *path = count > 2 ? rest[0] : "";
  if (is_name(operation, "read") && count == 4) {
    struct statx status;
    error = send_file(-1, path, path, number(rest[1]), &status);
    if (error == -EFBIG) put_end(error, path, status.stx_size);
    if (error > 0) error = 0;
  } else if (is_name(operation, "write") && count == 8) {
    error = write_from_input(path, number(rest[1]), (uint32_t)number(rest[2]), (uint32_t)number(rest[3]),
                             (uint32_t)number(rest[4]), number(rest[5]));
  } else if (is_name(operation, "walk") && count > 6) {
    walk(number(rest[1]), number(rest[2]), number(rest[3]), path, rest + 4);
    error = 0;
  } else if (is_name(operation, "remove") && count == 4) {
    error = remove_path(path, number(rest[1]));
  }
  put_end(error, error < 0 ? path : "", 0);
}
