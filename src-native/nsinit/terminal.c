// Gives a command a pseudo-terminal, which is opened inside. So it is in the /dev/pts of the namespace, whichever devpts that is.
#include <asm/ioctls.h>
#include <asm/stat.h>
#include <asm/termbits.h>

#include "kernel.h"
#include "nsinit.h"

#define PTMX_DEVICE (NSINIT_PTMX_MAJOR << 8 | NSINIT_PTMX_MINOR)

struct window_size {
  unsigned short rows, columns, x_pixels, y_pixels;
};

// An earlier command may have replaced this path. The open must not block, and the file must be a ptmx.
static long open_master(void) {
  const int flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
  long master = sys(openat, AT_FDCWD, "/dev/ptmx", flags);
  // A root file system of the user's own may contain a devpts only.
  if (master == -ENOENT || master == -EACCES) master = sys(openat, AT_FDCWD, "/dev/pts/ptmx", flags);
  if (master < 0) return master;
  struct stat status;
  const long error = sys(fstat, master, &status);
  if (error == 0 && (status.st_mode & 0170000) == 0020000 && status.st_rdev == PTMX_DEVICE) return master;
  sys(close, master);
  return -ENOTTY;
}

// Leaves the terminal as the kernel creates it, but sets IUTF8. Otherwise erasing a character of two bytes would leave one of them.
static long set_up_slave(long slave, const struct termios *settings) {
  if (settings != NULL) return sys(ioctl, slave, TCSETS, settings);
  struct termios own;
  const long error = sys(ioctl, slave, TCGETS, &own);
  if (error < 0) return error;
  own.c_iflag |= IUTF8;
  return sys(ioctl, slave, TCSETS, &own);
}

long open_terminal(const struct step *step) {
  const struct nsinit_operation *operation = step->operation;
  const struct termios *settings = NULL;
  if (operation->u.terminal.settings_size > 0) {
    settings = (const void *)operation_numbers(operation, operation->u.terminal.settings_size);
    if (settings == NULL || operation->u.terminal.settings_size * sizeof(uint32_t) != sizeof *settings) return -EPROTO;
  }
  const long master = open_master();
  if (master < 0) return master;
  const int unlocked = 0;
  long error = sys(ioctl, master, TIOCSPTLCK, &unlocked);
  // Opens the slave by the master, because its path could lead to another file.
  long slave = error < 0 ? error : sys(ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  const struct window_size size = {(unsigned short)operation->u.terminal.rows,
                                   (unsigned short)operation->u.terminal.columns, 0, 0};
  error = slave < 0 ? slave : sys(ioctl, master, TIOCSWINSZ, &size);
  if (error == 0) error = set_up_slave(slave, settings);
  // Node receives the master through descriptor 0, which the slave then replaces.
  if (error == 0) error = send_descriptor(0, (int)master);
  if (error == 0) error = sys(ioctl, slave, TIOCSCTTY, 0);
  for (int fd = 0; error >= 0 && fd <= 2; fd++) error = sys(dup3, slave, fd, 0);
  return error < 0 ? error : 0;
}
