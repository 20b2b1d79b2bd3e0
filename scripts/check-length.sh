#!/bin/sh
# Fails if a source file has more than 250 lines. A file should have one job, and be short enough to be read in one go.
set -eu
cd "$(dirname "$0")/.."
limit=250
# Files that still have several jobs, with a limit of their own. Remove a file from this list when it has been split.
exceptions='
'
too_long=$(
  find lib src-native -name '*.ts' -o -name '*.c' -o -name '*.cc' -o -name '*.h' | sort | while read -r file; do
    lines=$(wc -l <"$file")
    allowed=$(printf '%s' "$exceptions" | awk -v file="$file" '$1 == file {print $2}')
    [ "$lines" -le "${allowed:-$limit}" ] || echo "$file has $lines lines; the limit is ${allowed:-$limit}"
  done
)
if [ -n "$too_long" ]; then
  printf '%s\n' "$too_long" 'check-length: split the file by its jobs' >&2
  exit 1
fi
printf '%s' "$exceptions" | while read -r file _; do
  [ -z "$file" ] || [ -e "$file" ] || echo "scripts/check-length.sh: $file does not exist; remove the exception" >&2
done
echo "lib, src-native: no file has more than $limit lines, except those that scripts/check-length.sh names"
