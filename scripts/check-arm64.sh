#!/bin/sh
# Compiles the parts that depend most on the architecture for arm64: nsinit, and child.c, which runs between clone and exec.
set -eu
cd "$(dirname "$0")/.."
compiler=aarch64-linux-gnu-gcc
if ! command -v "$compiler" >/dev/null; then
  echo "check-arm64: skipped, there is no $compiler (Debian: gcc-aarch64-linux-gnu libc6-dev-arm64-cross)"
  exit
fi
output=.cache/check-arm64
rm -rf "$output"
CC=$compiler sh src-native/nsinit/build.sh "$output" 1 src-native/nsinit/*.c src-native/nsinit/*/*.c src-native/protocol/*.c
"$compiler" -std=gnu11 -O3 -fPIC -fno-stack-protector -fvisibility=hidden -Wall -Wextra -Wpedantic -Werror \
  -c src-native/launch/child.c -o "$output/child.o"
NM=aarch64-linux-gnu-nm sh scripts/check-child.sh "$output/child.o"
NM=aarch64-linux-gnu-nm sh scripts/check-nsinit.sh "$output/nsinit"
rm -rf "$output"
