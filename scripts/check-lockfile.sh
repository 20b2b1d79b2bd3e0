#!/bin/sh
# Fails if package-lock.json names the host from which a package came, because contributors use different registries.
set -eu
cd "$(dirname "$0")/.."
if grep -n '"resolved"' package-lock.json; then
  echo 'package-lock.json: npm install --omit-lockfile-registry-resolved leaves these out' >&2
  exit 1
fi
echo 'package-lock.json: names no host'
