// Checks that each promise of SECURITY.md names its tests, and that these tests exist: node scripts/promises.mjs
// A promise is an item of the list after the words "What is promised". A test is named by its file and its title, with ">" between the
// title of a group and that of the test: `test/spawn/lifeline.test.ts`: "a Worker > that is terminated leaves nothing"
import {existsSync, readFileSync} from 'node:fs';
import process from 'node:process';

const root = new URL('../', import.meta.url);
const text = readFileSync(new URL('SECURITY.md', root), 'utf8');
const [, promised = ''] = /^What is promised.*?\n\n((?:- .*\n| {2}.*\n|\n)*)/ms.exec(text) ?? [];
const promises = promised.split(/^(?=- )/m).filter(item => item.startsWith('- '));
const faults = [];
if (promises.length === 0) faults.push('SECURITY.md has no list behind "What is promised"');

// Matches a comment (which may contain an apostrophe), or a string literal of one of the three kinds.
const TOKEN = /\/\/.*|\/\*[\s\S]*?\*\/|(['"])((?:\\.|(?!\1).)*)\1|`((?:\\[\s\S]|[^`\\])*)`/g;

/** Titles as the file writes them: each of its string literals, where `${}` may stand for anything. */
function literalsOf(file) {
  const source = readFileSync(new URL(file, root), 'utf8');
  return [...source.matchAll(TOKEN)].map(([, , text, template = text ?? '']) => {
    const escaped = template
      .replaceAll(/\\(.)/gs, '$1')
      .split(/\$\{[^}]*\}/)
      .map(part => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    // A literal that consists only of a placeholder would match every title.
    return escaped.join('').trim() === '' ? /^$/ : new RegExp(`^${escaped.join('.+')}$`, 's');
  });
}

let tests = 0;
for (const promise of promises) {
  const [sentence] = promise.slice(2).replaceAll(/\s+/g, ' ').split(' Held by ');
  const named = [...promise.replaceAll(/\s+/g, ' ').matchAll(/`(test\/[^`]+)`((?:,?:? ?"[^"]+")*)/g)];
  if (!named.some(([, , titles]) => titles !== '')) faults.push(`no test is named: ${sentence}`);
  for (const [, file, list] of named) {
    if (!existsSync(new URL(file, root))) {
      faults.push(`${file} does not exist: ${sentence}`);
      continue;
    }
    const literals = literalsOf(file);
    for (const [, title] of list.matchAll(/"([^"]+)"/g)) {
      tests++;
      const missing = title.split(' > ').filter(part => !literals.some(literal => literal.test(part)));
      if (missing.length > 0) faults.push(`${file} has no test "${missing.join(' > ')}": ${sentence}`);
    }
  }
}

for (const fault of faults) console.error(`SECURITY.md: ${fault}`);
if (faults.length > 0) process.exitCode = 1;
else console.log(`SECURITY.md: ${promises.length} promises, held by ${tests} tests that exist`);
