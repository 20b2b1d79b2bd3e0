#!/bin/sh
# Fails if the object file of child.c refers to any other one. The code that runs between clone and exec must be in one file.
# usage: check-child.sh child.o
set -eu
undefined=$("${NM:-nm}" --undefined-only "$1")
if [ -n "$undefined" ]; then
  printf '%s: between clone and exec nothing else may be called or read, but it refers to\n%s\n' "$1" "$undefined" >&2
  exit 1
fi
echo "$1: refers to no other symbol"
