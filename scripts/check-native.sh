#!/bin/sh
# Compiles the addon and nsinit in a separate folder with warnings as errors, and checks the result.
set -eu
cd "$(dirname "$0")/.."
stage=.cache/check-native
log=.cache/check-native.log
sh scripts/stage.sh "$stage"
# Static as well, so that the file that only the prebuild contains is compiled too.
if ! (cd "$stage" && GYP_DEFINES='namespawn_werror=1 namespawn_static=1' npm run --silent install -- --rebuild) >"$log" 2>&1; then
  cat "$log" >&2
  echo 'check-native: the build with -Werror failed' >&2
  exit 1
fi
# Checks that the flag was used, because gyp ignores variables that it does not know.
grep -q -- -Werror "$stage/build/namespawn.target.mk" || { echo 'check-native: built without -Werror' >&2 && exit 1; }
echo 'addon and nsinit: no warning'
# node-addon-api ends the process by this function; src-native/node_addon_api.h avoids it.
if nm -D "$stage/build/Release/namespawn.node" | grep -w napi_fatal_error; then
  echo 'check-native: the addon ends the process where a call of Node-API fails: an include of napi.h goes past node_addon_api.h' >&2
  exit 1
fi
sh scripts/check-child.sh "$stage/build/Release/obj.target/namespawn/src-native/launch/child.o"
sh scripts/check-nsinit.sh "$stage/build/Release/nsinit"
sh scripts/check-prebuild.sh "$stage/build/Release/namespawn.node"
rm -rf "$stage"
