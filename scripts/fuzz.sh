#!/bin/sh
# Fuzzes both decoders of the protocol, that of nsinit and that of Node, with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer:
# npm run fuzz -- [SECONDS]   (for both together; default 30)
# Inputs that fail are written to .cache/fuzz, and the exit status is not 0. New inputs that reach new code are kept in .cache/fuzz/NAME. The
# corpus that is checked in is scripts/fuzz/corpus. To rebuild it from both: npm run fuzz -- --merge. To compile without a run: --compile
# Needs clang with libFuzzer: Debian's packages clang and libclang-rt-14-dev (the number is clang's).
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-30}
output=.cache/fuzz
mkdir -p "$output/nsinit" "$output/reports"
sanitize='-g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -Wall -Wextra -Werror -Wno-unknown-attributes'
if ! command -v clang >/dev/null; then
  echo 'fuzz: clang is missing' >&2
  exit 1
fi
{
  for source in src-native/nsinit/*.c src-native/nsinit/mounts/*.c src-native/protocol/*.c; do
    case $source in
      */start.c | */string.c) ;;
      *) echo "#include \"../../$source\"" ;;
    esac
  done
} >"$output/nsinit_sources.h"
# shellcheck disable=SC2086
clang -std=gnu11 $sanitize -DNSINIT_FUZZ -I"$output" -o "$output/fuzz-nsinit" scripts/fuzz/nsinit.c scripts/fuzz/kernel.c scripts/fuzz/memory.c
# shellcheck disable=SC2086
clang++ -std=gnu++17 $sanitize -Isrc-native -o "$output/fuzz-reports" scripts/fuzz/reports.cc src-native/launch/report_decoder.cc
if [ "$seconds" = --compile ]; then
  echo 'fuzzers: they compile'
  exit
fi
for name in nsinit reports; do
  if [ "$seconds" = --merge ]; then
    rm -rf "$output/merged" && mkdir "$output/merged"
    "$output/fuzz-$name" -merge=1 -max_len=4096 -use_counters=0 "$output/merged" "scripts/fuzz/corpus/$name" "$output/$name" 2>/dev/null
    rm -rf "scripts/fuzz/corpus/$name"
    mv "$output/merged" "scripts/fuzz/corpus/$name"
    continue
  fi
  # Prints only the summary: the number of inputs, and how much code they reach.
  log=$output/$name.log
  if ! "$output/fuzz-$name" -max_total_time=$((seconds / 2)) -max_len=4096 -rss_limit_mb=1024 -timeout=10 -print_final_stats=1 \
    -artifact_prefix="$output/$name-" "$output/$name" "scripts/fuzz/corpus/$name" >"$log" 2>&1; then
    grep -v '^#' "$log" >&2
    exit 1
  fi
  echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs," \
    "$(sed -n 's/.*DONE *\(cov: [0-9]*\) .*/\1/p' "$log"), nothing found"
done
