#!/bin/sh
# Writes the names of all system calls as the kernel's headers have them, for the compiler at hand: syscall_names.sh OUTPUT
# Each becomes SYSCALL(name), for src-native/constants.cc.
set -eu
printf '#include <asm/unistd.h>\n' | ${CC:-cc} -E -dM - | sed -n 's/^#define __NR_\([a-z0-9_]*\) .*/SYSCALL(\1)/p' |
  grep -v -e '(syscalls)' -e '(arch_specific_syscall)' | sort >"$1"
# Whatever goes wrong must not become a table that is empty.
grep -q '^SYSCALL(clone3)$' "$1"
