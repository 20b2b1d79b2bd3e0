// Calls reboot(2), which in a PID namespace ends its init: reboot restart|halt|power-off
// It tries LINUX_REBOOT_CMD_CAD_OFF first, which the kernel refuses inside a PID namespace. In the initial PID namespace this is harmless
// and succeeds, and then the program does not reboot the machine.
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  if (reboot(RB_DISABLE_CAD) == 0) return 3;
  if (strcmp(argv[1], "restart") == 0) reboot(RB_AUTOBOOT);
  if (strcmp(argv[1], "halt") == 0) reboot(RB_HALT_SYSTEM);
  if (strcmp(argv[1], "power-off") == 0) reboot(RB_POWER_OFF);
  return 4;
}
