#!/bin/sh
# Builds the C programs that the tests run: test/programs/NAME.c to dist-test/programs/NAME. Quick where they are there.
set -eu
cd "$(dirname "$0")/.."
mkdir -p dist-test/programs
for source in test/programs/*.c; do
  program=dist-test/programs/$(basename "$source" .c)
  if [ ! -e "$program" ] || [ "$source" -nt "$program" ]; then
    ${CC:-cc} -std=gnu11 -O2 -Wall -Wextra -Wpedantic -Werror -o "$program" "$source"
  fi
done
