#!/bin/sh
# Fails if a source file has more than 300 lines; most have less than 250. A file should have one job, and be short enough to be read in one go.
set -eu
cd "$(dirname "$0")/.."
limit=300
too_long=$(
  find lib src-native -name '*.ts' -o -name '*.c' -o -name '*.cc' -o -name '*.h' | sort | while read -r file; do
    lines=$(wc -l <"$file")
    [ "$lines" -le "$limit" ] || echo "$file has $lines lines; the limit is $limit"
  done
)
if [ -n "$too_long" ]; then
  printf '%s\n' "$too_long" 'check-length: split the file by its jobs' >&2
  exit 1
fi
echo "lib, src-native: no file has more than $limit lines"
