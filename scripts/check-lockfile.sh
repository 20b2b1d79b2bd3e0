#!/bin/sh
# Fails where package-lock.json says from which host a package came: everybody has a registry of their own.
set -eu
cd "$(dirname "$0")/.."
if grep -n '"resolved"' package-lock.json; then
  echo 'package-lock.json: npm install --omit-lockfile-registry-resolved leaves these out' >&2
  exit 1
fi
echo 'package-lock.json: names no host'
