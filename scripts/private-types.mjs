// Keeps declarations that no public type needs out of the package: writes dist/.npmignore. It runs after each build.
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
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
const all = readdirSync(dist, {recursive: true}).filter(file => file.endsWith('.d.ts'));
const unneeded = all.filter(file => !needed.has(file)).sort();
writeFileSync(new URL('.npmignore', dist), unneeded.map(file => `/${file}\n`).join(''));
