#!/bin/sh
# Compiles lib/ strictly, then test/ against what came of it: test/types/ holds what must be assignable to what.
set -eu
cd "$(dirname "$0")/.."
npm run --silent build:ts
npm run --silent build:test
echo 'TypeScript: no error'
