#!/bin/sh
# Fails if nsinit needs anything of the machine other than the kernel.
# usage: check-nsinit.sh nsinit
set -eu
readelf=${READELF:-readelf}
fail() { printf '%s: %s\n' "$1" "$2" >&2 && exit 1; }
header=$("$readelf" --file-header "$1")
segments=$("$readelf" --program-headers --wide "$1")
case $header in *'Type:'*EXEC*) ;; *) fail "$1" 'is not a plain static executable' ;; esac
case $segments in *INTERP*) fail "$1" 'asks for an interpreter: it is linked dynamically' ;; esac
case $segments in *DYNAMIC*) fail "$1" 'has a dynamic section: it needs a library' ;; esac
# An executable stack, or memory both writable and executable.
case $segments in *RWE*) fail "$1" 'has memory that is writable and executable' ;; esac
undefined=$("${NM:-nm}" --undefined-only "$1" 2>/dev/null)
[ -z "$undefined" ] || fail "$1" "refers to $undefined"
# nsinit has some 20 KB; with a libc it would have 700 KB.
size=$(wc -c <"$1")
[ "$size" -lt 65536 ] || fail "$1" "has $size bytes: has a libc come in?"
echo "$1: $size bytes, static, no interpreter, no library"
