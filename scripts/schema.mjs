// Generates schema.json, the JSON schema of the files of `namespawn run --config`, from lib/cli/config-options.ts: node scripts/schema.mjs [--check]
import {readFileSync, writeFileSync} from 'node:fs';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import {createGenerator} from 'ts-json-schema-generator';

const root = new URL('../', import.meta.url);
const file = new URL('schema.json', root);
const schema = createGenerator({
  path: fileURLToPath(new URL('lib/cli/config-options.ts', root)),
  tsconfig: fileURLToPath(new URL('tsconfig.json', root)),
  type: 'ConfigOptions',
  topRef: false,
  // check-types.sh checks them, with the compiler of this package.
  skipTypeCheck: true,
}).createSchema('ConfigOptions');
const text = `${JSON.stringify({...schema, title: 'namespawn run --config'}, null, 2)}\n`;

if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  console.error('schema.json is not up to date: run node scripts/schema.mjs');
  process.exitCode = 1;
} else console.log('schema.json is up to date.');
