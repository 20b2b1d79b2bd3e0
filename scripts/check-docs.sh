#!/bin/sh
# Fails if a generated page is not up to date, or if a test that SECURITY.md names does not exist.
set -eu
cd "$(dirname "$0")/.."
node scripts/api.mjs --check
node scripts/errors.mjs --check
node scripts/differences.mjs --check
echo 'docs/api.md, docs/errors.md and docs/differences.md are up to date.'
node scripts/schema.mjs --check
node scripts/promises.mjs
