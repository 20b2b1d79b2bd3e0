#!/bin/sh
# Builds the C programs of the tests: test/programs/NAME.c to dist-test/programs/NAME. It skips those that are up to date.
set -eu
cd "$(dirname "$0")/.."
mkdir -p dist-test/programs
for source in test/programs/*.c; do
  program=dist-test/programs/$(basename "$source" .c)
  if [ ! -e "$program" ] || [ "$source" -nt "$program" ]; then
    ${CC:-cc} -std=gnu11 -O2 -Wall -Wextra -Wpedantic -Werror -o "$program" "$source"
  fi
done
