// Makes docs/api.md from the declarations in dist/, with their TSDoc: node scripts/api.mjs [--check]
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import process from 'node:process';

const root = new URL('../', import.meta.url);
const read = path => readFileSync(new URL(path, root), 'utf8');
const declared = readdirSync(new URL('dist/', root), {recursive: true})
  .filter(name => name.endsWith('.d.ts'))
  .sort()
  .map(name => read(`dist/${name}`));

/** The names that a module exports, in their order. */
function exportsOf(path) {
  const lists = [...read(path).matchAll(/export (?:type )?\{([^}]*)\} from/g)].map(match => match[1]);
  return lists.flatMap(list => list.split(',').map(name => name.trim().replace(/^type /, ''))).filter(Boolean);
}

/** Where a declaration that starts at `start` ends: behind its `;` or its closing brace. */
function endOf(text, start) {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    if (text.startsWith('/**', i)) i = text.indexOf('*/', i) + 1;
    else if ('{(['.includes(text[i])) depth++;
    else if ('})]'.includes(text[i]) && --depth === 0 && text[i] === '}' && /^\s*(\n|$)/.test(text.slice(i + 1)))
      return i + 1;
    else if (text[i] === ';' && depth === 0) return i + 1;
  }
  return text.length;
}

/** The documentation and the code of a name. */
function describe(name) {
  const head = `export (?:declare )?(?:abstract )?(?:function|class|interface|type|const) ${name}\\b`;
  const codes = [];
  let documentation = '';
  for (const text of declared) {
    for (const match of text.matchAll(new RegExp(`(?:/\\*\\*(?:(?!\\*/)[sS])*\\*/\\s*)?${head}`, 'g'))) {
      const start = match.index + match[0].search(new RegExp(head));
      const comment = text.slice(match.index, start);
      if (comment !== '') documentation ||= comment;
      codes.push(text.slice(start, endOf(text, start)));
    }
    if (codes.length > 0) break;
  }
  if (codes.length === 0) throw new Error(`${name} has no declaration`);
  const code = codes.map(clean).join('\n');
  return `### ${name}\n\n${prose(documentation)}\n\n\`\`\`ts\n${code}\n\`\`\`\n`;
}

function clean(code) {
  return code
    .replaceAll(/^export (declare )?/gm, '')
    .replaceAll(/^ *(#private|private .*);\n/gm, '')
    .replaceAll(/^ *\/\*\* @internal(?:(?!\*\/)[\s\S])*\*\/\n.*\n/gm, '')
    .replaceAll(/^( *) {4}/gm, '$1  ')
    .trim();
}

function prose(comment) {
  return comment
    .replaceAll(/^\s*\/\*\*\s?|\s*\*\/\s*$/g, '')
    .replaceAll(/^ *\* ?/gm, '')
    .replaceAll(/\{@link (\w+)\}/g, '[$1](#$1)')
    .replaceAll(/^@param (\w+) - /gm, '- `$1`: ')
    .replaceAll(/^@returns /gm, '- returns ')
    .replaceAll(/^@throws /gm, '- throws ')
    .replaceAll(/\(#(\w+)\)/g, (_, name) => `(#${name.toLowerCase()})`)
    .trim();
}

const modules = [
  ['namespawn', 'dist/index.d.ts'],
  ['namespawn/sys', 'dist/sys/index.d.ts'],
];
const made = [
  '# API\n\nMade by scripts/api.mjs from the declarations in lib/. What each error means is in [errors.md](errors.md).\n',
  ...modules.flatMap(([name, path]) => [`## ${name}\n`, ...exportsOf(path).map(describe)]),
].join('\n');

const page = new URL('docs/api.md', root);
if (!process.argv.includes('--check')) writeFileSync(page, made);
else if (made !== readFileSync(page, 'utf8')) {
  console.error('docs/api.md is not up to date: run node scripts/api.mjs');
  process.exitCode = 1;
}
