#!/bin/sh
# Compiles lib/, then test/ against its declarations. test/types/ checks which types are assignable to which.
set -eu
cd "$(dirname "$0")/.."
npm run --silent build:ts
npm run --silent build:test
echo 'TypeScript: no error'
