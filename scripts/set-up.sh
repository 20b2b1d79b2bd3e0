#!/bin/sh
# Prepares a fresh clone for the examples and the tests: installs the dependencies, and builds the addon and the TypeScript. It is fast if
# nothing has changed.
set -eu
cd "$(dirname "$0")/.."
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  # npm ci also runs scripts/install.mjs, which builds the addon, and `prepare`, which builds the TypeScript.
  npm ci --no-audit --no-fund
  touch node_modules/.package-lock.json
fi
newest() { find "$@" -type f -newer "$stamp" -print -quit; }
stamp=build/Release/namespawn.node
if [ ! -e "$stamp" ] || [ -n "$(newest src-native binding.gyp)" ]; then npm run --silent build:native && touch "$stamp"; fi
stamp=dist/index.js
if [ ! -e "$stamp" ] || [ -n "$(newest lib tsconfig.json)" ]; then npm run --silent build:ts && touch "$stamp"; fi
