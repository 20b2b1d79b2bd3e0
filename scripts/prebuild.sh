#!/bin/sh
# Builds prebuilds/linux-ARCH/ for the architecture of this machine: the addon, and nsinit beside it. It does nothing if they are newer than
# all that they are built from.
set -eu
cd "$(dirname "$0")/.."
arch=$(node -p process.arch)
made=prebuilds/linux-$arch/nsinit
sources='src-native binding.gyp package.json package-lock.json scripts/prebuild.sh'
# shellcheck disable=SC2086
if [ -e "$made" ] && [ -z "$(find $sources -type f -newer "$made" -print -quit)" ]; then exit; fi
stage=.cache/prebuild
sh scripts/stage.sh "$stage"

# As in scripts/install.mjs: without this, prebuildify would download the headers.
prefix=$(node -p 'path.dirname(path.dirname(process.execPath))')
if [ -z "${npm_config_nodedir:-}" ] && [ -e "$prefix/include/node/node_api.h" ]; then export npm_config_nodedir="$prefix"; fi

rm -rf "prebuilds/linux-$arch"
# prebuildify passes GYP_DEFINES on to gyp. With --tag-libc, node-gyp-build does not load this binary on a system with musl.
JOBS="${JOBS:-max}" GYP_DEFINES=namespawn_static=1 npx --no-install prebuildify --napi --strip --tag-libc \
  --target "$(node -p process.versions.node)" --cwd "$stage" --out "$PWD"
cp "$stage/build/Release/nsinit" "prebuilds/linux-$arch/nsinit"
rm -rf "$stage"
sh scripts/check-prebuild.sh
