// Prints the serial numbers of the session keyring, and of the user's default one, which stands in for it where there is none: keyring
#include <linux/keyctl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static long serial(int keyring) { return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, keyring, 0); }

int main(void) {
  printf("%ld %ld\n", serial(KEY_SPEC_SESSION_KEYRING), serial(KEY_SPEC_USER_SESSION_KEYRING));
  return 0;
}
