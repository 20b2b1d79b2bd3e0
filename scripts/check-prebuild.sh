#!/bin/sh
# Fails if a prebuilt addon needs something that a machine with glibc 2.28 lacks: a newer symbol, or a C++ runtime.
# usage: check-prebuild.sh [FILE.node...]
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- prebuilds/linux-*/*.node
status=0
for file; do
  [ -e "$file" ] || { echo "check-prebuild: there is no $file; npm run prebuild makes it" >&2 && exit 1; }
  # A line of objdump's output: "0000 DF *UND* 0000 (GLIBC_2.34) pthread_create".
  wrong=$(objdump -T "$file" | awk '
    /\*UND\*/ && match($0, /\([A-Z]+_[0-9.]+\)/) {
      split(substr($0, RSTART + 1, RLENGTH - 2), version, "_")
      split(version[2], number, ".")
      if (version[1] != "GLIBC" || number[1] > 2 || number[1] == 2 && number[2] > 28) print "  " $NF " " version[1] "_" version[2]
    }')
  libraries=$(objdump -p "$file" | awk '$1 == "NEEDED" && $2 !~ /^(libc|libm|libpthread|libdl|ld-linux.*)\.so/ {print "  " $2}')
  if [ -n "$wrong$libraries" ]; then
    printf '%s needs more than glibc 2.28 has (src-native/glibc_2_28.c is the place to avoid it):\n' "$file" >&2
    printf '%s\n' ${wrong:+"$wrong"} ${libraries:+"$libraries"} >&2
    status=1
  else
    echo "$file: $(wc -c <"$file") bytes, runs on glibc 2.28 without a C++ runtime"
  fi
done
exit "$status"
