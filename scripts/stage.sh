#!/bin/sh
# Lays out what an addon is built from in a folder of its own, so that a build with other settings leaves the
# checkout's build/ alone: tests and examples may be running from it.
# usage: stage.sh FOLDER
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
rm -rf "$1"
mkdir -p "$1/scripts"
cp -R "$root/package.json" "$root/binding.gyp" "$root/src-native" "$1"
cp "$root/scripts/install.mjs" "$1/scripts"
ln -s "$root/node_modules" "$1/node_modules"
