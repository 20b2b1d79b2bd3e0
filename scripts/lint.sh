#!/bin/sh
# Lints everything and checks its format. With --write it formats instead.
set -eu
cd "$(dirname "$0")/.."
native=$(find src-native test bench scripts -name '*.c' -o -name '*.cc' -o -name '*.h' | sort)
if [ "${1:-}" = --write ]; then
  npx biome check --write .
  # shellcheck disable=SC2086
  clang-format -i $native
  exit
fi
npx biome check .
# shellcheck disable=SC2086
clang-format --dry-run --Werror $native
shell=$(find scripts src-native .ci -name '*.sh' -o -path '.ci/run' | sort)
# The tool shellcheck is optional; .ci/run installs it.
# shellcheck disable=SC2086
if command -v shellcheck >/dev/null; then shellcheck $shell; else echo 'shellcheck is not installed: scripts not linted' >&2; fi
