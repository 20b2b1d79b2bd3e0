#!/bin/sh
# Writes the names of all system calls that the kernel's headers define for this compiler's architecture: syscall_names.sh OUTPUT
# Each name becomes SYSCALL(name), which src-native/constants.cc uses.
set -eu
printf '#include <asm/unistd.h>\n' | ${CC:-cc} -E -dM - | sed -n 's/^#define __NR_\([a-z0-9_]*\) .*/SYSCALL(\1)/p' |
  grep -v -e '(syscalls)' -e '(arch_specific_syscall)' | sort >"$1"
# Fails if the table is empty.
grep -q '^SYSCALL(clone3)$' "$1"
