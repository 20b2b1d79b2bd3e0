#!/bin/sh
# Runs every check that is not a test: npm run check.
set -eu
cd "$(dirname "$0")"
sh lint.sh
sh check-length.sh
sh check-lockfile.sh
sh check-types.sh
sh check-native.sh
sh check-arm64.sh
sh fuzz.sh --compile
sh check-docs.sh
