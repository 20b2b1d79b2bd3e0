// Generates docs/api.md from the declarations in dist/ and their TSDoc: node scripts/api.mjs [--check]
// It fails if an exported name, a member of a public type or an option has no documentation, or if that of a function does not name the
// privilege that it needs, or a man page.
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import process from 'node:process';
import {command, setup} from '../dist/features/order.js';
import {modules} from './api-groups.mjs';

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

const publicNames = new Set(exportsOf('dist/index.d.ts'));
const namesOf = features => features.flatMap(({examples}) => Object.keys(examples));

/** Returns the declarations of the features' options, by name. */
const optionsOfFeatures = new Map();
for (const name of readdirSync(new URL('dist/features/', root)).filter(file => file.endsWith('.d.ts'))) {
  for (const [, type, body] of read(`dist/features/${name}`).matchAll(/export interface (\w+) \{\n([\s\S]*?)\n\}/g)) {
    if (publicNames.has(type)) continue;
    for (const [text, option] of body.matchAll(/ {4}\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n {4}(\w+)\?: .*;/g)) {
      if (optionsOfFeatures.has(option))
        throw new Error(`${option} has two declarations: export ${type} from lib/index.ts`);
      optionsOfFeatures.set(option, text);
    }
  }
}

/** The names of the options of child_process.spawn. */
function namesOfNode(type = 'SpawnOptions') {
  const text = read('node_modules/@types/node/child_process.d.ts');
  const [, bases = '', body = ''] =
    new RegExp(`interface ${type}(?: extends ([^{]*?))? \\{\\n([\\s\\S]*?)\\n {4}\\}`).exec(text) ?? [];
  const inherited = bases.split(', ').filter(Boolean).flatMap(namesOfNode);
  return [...inherited, ...[...body.matchAll(/^ {8}(\w+)\?:/gm)].map(match => match[1])];
}

// The types that features/order.ts determines, and the options that each of them has from there.
const ofNode = new Set(namesOfNode());
const ofCommand = namesOf(command);
const derived = {
  CommandOptions: [
    'Pick<CommandFeatureOptions, keyof CommandFeatureOptions & keyof NodeSpawnOptions>',
    ofCommand.filter(name => ofNode.has(name)),
  ],
  ProcessOptions: ['CommandFeatureOptions', ofCommand.filter(name => !ofNode.has(name))],
  SpawnOptions: ['SetupFeatureOptions', namesOf(setup).filter(name => !ofCommand.includes(name))],
};

/** Writes the options of the features into the interface that inherits them. */
function withOptions(name, code) {
  if (derived[name] === undefined) return code;
  const [base, options] = derived[name];
  const start = code.indexOf(base);
  if (start < 0) throw new Error(`${name} does not extend ${base}`);
  const members = options.map(option => {
    if (!optionsOfFeatures.has(option)) throw new Error(`${option} has no declaration with a comment in dist/features`);
    return optionsOfFeatures.get(option);
  });
  const heading = code.replace(new RegExp(`( extends|,) ${base.replaceAll(/[<>&]/g, '\\$&')}`), '');
  return heading.replace('{', () => `{\n${members.join('\n')}`).replace(/\n\}$|(?<!\n)\}$/, '\n}');
}

/** Returns the end of a declaration that starts at `start`: behind its `;` or its closing brace. */
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

const faults = [];

/** Records what the documentation of a declaration lacks. */
function check(name, documentation, code) {
  if (documentation === '') faults.push(`${name} has no documentation`);
  const [kind] = /^(function|class|interface|type|const)/.exec(code) ?? [];
  if (kind === 'function' && !/^Privilege: /m.test(documentation))
    faults.push(`${name}: the documentation does not name the privilege that it needs`);
  if (kind === 'function' && !/^- see /m.test(documentation))
    faults.push(`${name}: the documentation names no man page`);
  if (kind !== 'interface' && kind !== 'class') return;
  let isDocumented = false;
  for (const line of code.split('\n').slice(1)) {
    const member = /^ {2}(?:readonly |get |static )*([\w[\].]+)\??[:(<]/.exec(line)?.[1];
    if (member !== undefined && !isDocumented && !isSelfExplanatory(member, documentedMembers(name)))
      faults.push(`${name}.${member} has no documentation`);
    if (member !== undefined) documentedMembers(name).add(member);
    isDocumented = /\*\/$/.test(line);
  }
}

const documented = new Map();

/** The members of a type that have occurred; the first of several overloads is documented. */
function documentedMembers(name) {
  if (!documented.has(name)) documented.set(name, new Set());
  return documented.get(name);
}

/** Whether a member needs no text: a further overload, a constructor that users do not call, or a method of the language. */
function isSelfExplanatory(member, before) {
  return before.has(member) || member === 'constructor' || member.startsWith('[Symbol.') || member.startsWith('_');
}

/** The documentation and the code of a name. */
function describe(name) {
  const head = `export (?:declare )?(?:abstract )?(?:function|class|interface|type|const) ${name}\\b`;
  const codes = [];
  let documentation = '';
  for (const text of declared) {
    for (const match of text.matchAll(new RegExp(`(?:/\\*\\*(?:(?!\\*/)[\\s\\S])*\\*/\\s*)?${head}`, 'g'))) {
      const start = match.index + match[0].search(new RegExp(head));
      const comment = text.slice(match.index, start);
      if (comment !== '') documentation ||= comment;
      codes.push(withOptions(name, text.slice(start, endOf(text, start))));
    }
    if (codes.length > 0) break;
  }
  if (codes.length === 0) throw new Error(`${name} has no declaration`);
  const code = codes.map(clean).join('\n');
  const text = prose(documentation);
  check(name, text, code);
  return `### ${name}\n\n${text === '' ? '' : `${text}\n\n`}\`\`\`ts\n${code}\n\`\`\`\n`;
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
  return (
    comment
      .replaceAll(/^\s*\/\*\*\s?|\s*\*\/\s*$/g, '')
      .replaceAll(/^ *\* ?/gm, '')
      .replaceAll(/\{@link (\w+)\}/g, '[$1](#$1)')
      .replaceAll(/^@param (\w+) - /gm, '- `$1`: ')
      .replaceAll(/^@returns /gm, '- returns ')
      .replaceAll(/^@throws /gm, '- throws ')
      .replaceAll(/^@see /gm, '- see ')
      .replaceAll(/^@example\n([\s\S]*?)(?=^@|$(?![\s\S]))/gm, (_, code) => `\n\`\`\`js\n${code.trim()}\n\`\`\`\n`)
      // Indents the further lines of an item of a list.
      .replaceAll(/^- .*(?:\n(?![-\n`]).+)+/gm, item => item.replaceAll('\n', '\n  '))
      .replaceAll(/\(#(\w+)\)/g, (_, name) => `(#${name.toLowerCase()})`)
      .trim()
  );
}

const declarations = {namespawn: 'dist/index.d.ts', 'namespawn/sys': 'dist/sys/index.d.ts'};

/** The groups of a module, in which each exported name is exactly once. */
function groupsOf({module, groups}) {
  const exported = new Set(exportsOf(declarations[module]));
  const listed = groups.map(group => ({...group, names: group.names.split(/\s+/)}));
  for (const name of listed.flatMap(({names}) => names)) {
    if (!exported.delete(name))
      throw new Error(`scripts/api-groups.mjs: ${module} does not export ${name}, or it is named twice`);
  }
  if (exported.size > 0)
    throw new Error(`scripts/api-groups.mjs: put ${[...exported].join(', ')} of ${module} into a group`);
  return listed;
}

// Returns the anchor that GitHub gives a heading.
const anchor = title =>
  title
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');
const isFunctionOrClass = name =>
  declared.some(text => new RegExp(`export declare (function|class) ${name}\\b`).test(text));
const groups = modules.flatMap(groupsOf);
const contents = groups.map(({title, names}) => {
  const links = names.filter(isFunctionOrClass).map(name => `[${name}](#${name.toLowerCase()})`);
  return `- [${title}](#${anchor(title)}): ${links.join(', ')}`;
});
const made = [
  '# API\n\nGenerated by scripts/api.mjs from the declarations in lib/. Unless something else is said, a function needs no privilege, a PID is',
  "one of the caller's PID namespace, and every function throws `ERR_FEATURE_UNAVAILABLE_ON_PLATFORM` on other systems than Linux.\n",
  `${contents.join('\n')}\n`,
  ...groups.flatMap(({title, text, names}) => [`## ${title}\n\n${text}\n`, ...names.map(describe)]),
].join('\n');

if (faults.length > 0) {
  for (const fault of faults) console.error(`docs/api.md: ${fault}`);
  process.exit(1);
}

const page = new URL('docs/api.md', root);
if (!process.argv.includes('--check')) writeFileSync(page, made);
else if (made !== readFileSync(page, 'utf8')) {
  console.error('docs/api.md is not up to date: run node scripts/api.mjs');
  process.exitCode = 1;
}
