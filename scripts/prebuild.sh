#!/bin/sh
# Makes prebuilds/linux-ARCH/ for this machine's architecture: the addon, and nsinit beside it.
set -eu
cd "$(dirname "$0")/.."
arch=$(node -p process.arch)
stage=.cache/prebuild
sh scripts/stage.sh "$stage"

# As in scripts/install.mjs: prebuildify would download the headers otherwise.
prefix=$(node -p 'path.dirname(path.dirname(process.execPath))')
if [ -z "${npm_config_nodedir:-}" ] && [ -e "$prefix/include/node/node_api.h" ]; then export npm_config_nodedir="$prefix"; fi

rm -rf "prebuilds/linux-$arch"
# GYP_DEFINES is what reaches gyp through prebuildify. --tag-libc: musl's node-gyp-build must not take glibc's binary.
GYP_DEFINES=namespawn_static=1 npx --no-install prebuildify --napi --strip --tag-libc \
  --target "$(node -p process.versions.node)" --cwd "$stage" --out "$PWD"
cp "$stage/build/Release/nsinit" "prebuilds/linux-$arch/nsinit"
rm -rf "$stage"
sh scripts/check-prebuild.sh
