#!/bin/sh
# Brings a fresh clone to where the examples and the tests run: dependencies, addon, TypeScript. Quick where all is there.
set -eu
cd "$(dirname "$0")/.."
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  # It runs scripts/install.mjs (the addon) and `prepare` (TypeScript) by itself.
  npm ci --no-audit --no-fund
  touch node_modules/.package-lock.json
fi
newest() { find "$@" -type f -newer "$stamp" -print -quit; }
stamp=build/Release/namespawn.node
if [ ! -e "$stamp" ] || [ -n "$(newest src-native binding.gyp)" ]; then npm run --silent build:native && touch "$stamp"; fi
stamp=dist/index.js
if [ ! -e "$stamp" ] || [ -n "$(newest lib tsconfig.json)" ]; then npm run --silent build:ts && touch "$stamp"; fi
