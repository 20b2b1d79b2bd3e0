#!/bin/sh
# Fails if a source file has more than 250 lines. A file should have one job, and be short enough to be read in one go.
# Each exception below has its own limit, which should only become smaller.
set -eu
cd "$(dirname "$0")/.."
limit=250
exceptions='
lib/options/resolve.ts 280
lib/process/namespaced-process.ts 390
lib/run.ts 260
lib/sandbox/sandbox.ts 310
src-native/launch.cc 390
src-native/nsinit/init.c 330
'
too_long=$(
  find lib src-native -name '*.ts' -o -name '*.c' -o -name '*.cc' -o -name '*.h' | sort | while read -r file; do
    lines=$(wc -l <"$file")
    allowed=$(printf '%s' "$exceptions" | awk -v file="$file" '$1 == file {print $2}')
    [ "$lines" -le "${allowed:-$limit}" ] || echo "$file has $lines lines, of at most ${allowed:-$limit}"
  done
)
if [ -n "$too_long" ]; then
  printf '%s\n' "$too_long" 'check-length: split the file by its jobs' >&2
  exit 1
fi
printf '%s' "$exceptions" | while read -r file allowed; do
  [ -n "$file" ] || continue
  [ -e "$file" ] && [ "$(wc -l <"$file")" -gt "$limit" ] || echo "scripts/check-length.sh: $file needs no exception any more"
done
echo "lib, src-native: no file has more than $limit lines, but for the exceptions that scripts/check-length.sh names"
