// Generates the tables of docs/errors.md, one for each step, from the causes in lib/hints: node scripts/errors.mjs [--check]
import {readFileSync, writeFileSync} from 'node:fs';
import process from 'node:process';
import {causes} from '../dist/hints/causes.js';

const page = new URL('../docs/errors.md', import.meta.url);
const [begin, end] = ['<!-- Made by scripts/errors.mjs: begin -->', '<!-- end -->'];
const cell = text => text.replaceAll('|', '\\|').replaceAll('{', '‹').replaceAll('}', '›');

/** The sections, each for the steps that fail for the same reasons. A step that is named nowhere gets a section of its own. */
const sections = [
  ['Creating namespaces', ['namespaces']],
  ['Id maps of a user namespace', ['uidMap', 'gidMap', 'setgroups']],
  ['Settings of the namespaces', ['hostname', 'domainname', 'timeOffsets', 'loopback']],
  ['Mounting /proc', ['mountProc']],
  ['Starting nsinit', ['init', 'channel']],
  ['Ids of the command', ['uid', 'gid', 'groups']],
  ['Settings of the command', ['cwd', 'stdio', 'rlimits', 'newSession', 'detached', 'pty']],
  ['PIDs of the command', ['namespacePid', 'lastPid']],
  ['Executing the command', ['command']],
  ['Ending the command', ['kill']],
  ['Opening a namespace or process', ['source']],
];
const known = new Set(sections.flatMap(([, steps]) => steps));
const others = [...new Set(causes.flatMap(({steps}) => steps))].filter(step => step !== '*' && !known.has(step));
sections.push(...others.map(step => [step, [step]]), ['Any step', ['*']]);

const list = steps => steps.map(step => `\`${step}\``).join(', ');

function rowOf({steps, code, syscall, applies, why, advice}, all) {
  const mine = all.filter(step => steps.includes(step));
  const of = mine.length < all.length ? ` (${list(mine)})` : '';
  return `| ${[`${code}${of}${syscall ? `, in ${syscall}` : ''}`, applies ? 'checked' : 'fallback', why, advice].map(cell).join(' | ')} |`;
}

const tables = sections.flatMap(([title, steps]) => {
  const matching = causes.filter(cause => cause.steps.some(step => steps.includes(step)));
  if (matching.length === 0) return [];
  const failing = steps.filter(step => matching.some(cause => cause.steps.includes(step)));
  return [
    `### ${title}`,
    '',
    ...(steps[0] === '*' ? [] : [`Steps: ${list(failing)}`, '']),
    '| code | certainty | cause | what to do |',
    '| --- | --- | --- | --- |',
    ...matching.map(cause => rowOf(cause, failing)),
    '',
  ];
});

const text = readFileSync(page, 'utf8');
const made =
  text.slice(0, text.indexOf(begin)) + [begin, ...tables, end].join('\n') + text.slice(text.indexOf(end) + end.length);
if (!process.argv.includes('--check')) writeFileSync(page, made);
else if (made !== text) {
  console.error('docs/errors.md is not up to date: run node scripts/errors.mjs');
  process.exitCode = 1;
}
