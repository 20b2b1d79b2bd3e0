#!/bin/sh
# Prepares a fresh clone for the examples and the tests: installs the dependencies, and builds the addon and the TypeScript. It is fast and
# says nothing if nothing has changed. Otherwise it names each step, and prints the output of a step that fails.
set -eu
cd "$(dirname "$0")/.."
step() {
  echo "$1 ..." >&2
  shift
  log=$(mktemp)
  status=0
  "$@" >"$log" 2>&1 || status=$?
  if [ "$status" -ne 0 ]; then cat "$log" >&2; fi
  rm "$log"
  return "$status"
}
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  # npm ci also runs scripts/install.mjs, which builds the addon, and `prepare`, which builds the TypeScript.
  step 'Installing the packages, and compiling the addon (a minute or two)' npm ci --no-audit --no-fund
  touch node_modules/.package-lock.json
fi
newest() { find "$@" -type f -newer "$stamp" -print -quit; }
stamp=build/Release/namespawn.node
if [ ! -e "$stamp" ] || [ -n "$(newest src-native binding.gyp)" ]; then
  step 'Compiling the addon and nsinit (about a minute)' npm run --silent build:native
  touch "$stamp"
fi
stamp=dist/index.js
if [ ! -e "$stamp" ] || [ -n "$(newest lib tsconfig.json)" ]; then
  step 'Compiling the TypeScript' npm run --silent build:ts
  touch "$stamp"
fi
