#!/bin/sh
# Builds nsinit: a static program without libc, which starts in 37 us where a glibc one takes 569.
# usage: build.sh OUTPUT_FOLDER WERROR SOURCE...
set -eu
output=$1 werror=$2
shift 2
warnings="-Wall -Wextra"
[ "$werror" = 0 ] || warnings="-Wall -Wextra -Wpedantic -Werror"
mkdir -p "$output"
# One translation unit would do as well; -flto lets the compiler see all of it and drop what is unused.
# noseparate-code and norelro: fewer segments, so fewer pages to map and to fault in at each start.
# NSINIT_CFLAGS: what scripts/sanitize.sh adds.
# shellcheck disable=SC2086
${CC:-cc} -std=gnu11 -O2 -flto -ffreestanding -fno-stack-protector -fno-pie -no-pie \
  -fno-asynchronous-unwind-tables -fno-unwind-tables -fcf-protection=none -fvisibility=hidden \
  -static -nostdlib -nostartfiles $warnings ${NSINIT_CFLAGS:-} \
  -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,norelro -Wl,-z,noseparate-code -Wl,--gc-sections -s \
  -o "$output/nsinit" "$@"
# Included by nsinit_executable.S, so that make sees a new nsinit through the dependency file.
printf '.incbin "%s/nsinit"\n' "$(cd "$output" && pwd)" >"$output/nsinit_incbin.h"
