// Keeps out of the package what it does not need: declarations that no public type needs, and what an earlier build has left in dist/. Writes
// dist/.npmignore. It runs after each build.
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';

const dist = new URL('../dist/', import.meta.url);
const needed = new Set();
const waiting = ['index.d.ts', 'sys/index.d.ts'];
for (const file of waiting) {
  if (needed.has(file)) continue;
  needed.add(file);
  const text = readFileSync(new URL(file, dist), 'utf8');
  for (const [, name] of text.matchAll(/(?:from|import\(|^import) ?['"](\.[^'"]+)\.js['"]/gm)) {
    waiting.push(path.join(path.dirname(file), `${name}.d.ts`));
  }
}
const isStale = file =>
  file.endsWith('.map') || !existsSync(new URL(`../lib/${file.replace(/(\.d)?\.[a-z]+$/, '.ts')}`, dist));
const unneeded = readdirSync(dist, {recursive: true, withFileTypes: true})
  .filter(entry => entry.isFile())
  .map(entry => path.relative(dist.pathname, path.join(entry.parentPath, entry.name)))
  .filter(file => isStale(file) || (file.endsWith('.d.ts') && !needed.has(file)))
  .sort();
writeFileSync(new URL('.npmignore', dist), unneeded.map(file => `/${file}\n`).join(''));
