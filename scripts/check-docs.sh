#!/bin/sh
# The pages that scripts make must be what they would make now.
set -eu
cd "$(dirname "$0")/.."
node scripts/api.mjs --check
node scripts/errors.mjs --check
node scripts/differences.mjs --check
echo 'docs/api.md, docs/errors.md and docs/differences.md are up to date.'
