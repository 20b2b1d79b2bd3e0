#!/bin/sh
# The pages that scripts make must be what they would make now, and the tests that SECURITY.md names must exist.
set -eu
cd "$(dirname "$0")/.."
node scripts/api.mjs --check
node scripts/errors.mjs --check
node scripts/differences.mjs --check
echo 'docs/api.md, docs/errors.md and docs/differences.md are up to date.'
node scripts/promises.mjs
