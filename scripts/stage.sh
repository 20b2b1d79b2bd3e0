#!/bin/sh
# Copies the sources of the addon into a separate folder, so that a build with other settings does not change build/, from which tests and
# examples may be running.
# usage: stage.sh FOLDER
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
rm -rf "$1"
mkdir -p "$1/scripts"
cp -R "$root/package.json" "$root/binding.gyp" "$root/src-native" "$1"
cp "$root/scripts/install.mjs" "$1/scripts"
ln -s "$root/node_modules" "$1/node_modules"
