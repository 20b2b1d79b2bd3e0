// Generates docs/errors.md's list of steps and its tables of causes, one for each feature, from lib/features and lib/errors:
// node scripts/errors.mjs [--check]
import {readFileSync, writeFileSync} from 'node:fs';
import process from 'node:process';
import {groups} from '../dist/errors/causes.js';
import {command, setup} from '../dist/features/order.js';

const page = new URL('../docs/errors.md', import.meta.url);
const stepMarkers = ['<!-- Steps, by scripts/errors.mjs: begin -->', '<!-- end of steps -->'];
const causeMarkers = ['<!-- Made by scripts/errors.mjs: begin -->', '<!-- end -->'];
const cell = text => text.replaceAll('|', '\\|').replaceAll('{', '‹').replaceAll('}', '›');

const list = steps => steps.map(step => `\`${step}\``).join(', ');

function rowOf({steps, code, syscall, applies, why, advice}, all) {
  const mine = all.filter(step => steps.includes(step));
  const of = mine.length < all.length ? ` (${list(mine)})` : '';
  return `| ${[`${code}${of}${syscall ? `, in ${syscall}` : ''}`, applies ? 'checked' : 'fallback', why, advice].map(cell).join(' | ')} |`;
}

const tables = groups.flatMap(({title, causes = []}) => {
  if (causes.length === 0) return [];
  const steps = [...new Set(causes.flatMap(cause => cause.steps))];
  return [
    `### ${title}`,
    '',
    ...(steps[0] === '*' ? [] : [`Steps: ${list(steps)}`, '']),
    '| code | certainty | cause | what to do |',
    '| --- | --- | --- | --- |',
    ...causes.map(cause => rowOf(cause, steps)),
    '',
  ];
});

/** The steps that are options: those of all features that have operations. */
const features = [...setup, ...command].filter(({isPartOfFrame}) => !isPartOfFrame);
const options = [...new Set(features.flatMap(({examples}) => Object.keys(examples)))];
// Each limit is a step of its own.
const nameOf = step => (step === 'rlimits' ? '`rlimits.NAME`' : `\`${step}\``);

const anchor = title =>
  title
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');

/** The option of a step such as `namespaces.pid`, which is a part of an option. */
const optionOf = step => step.split('.')[0];

/** An item of the list of steps: the step, and the tables that contain its causes. */
function itemOf(step) {
  const own = groups.filter(({causes = []}) => causes.some(({steps}) => steps.some(name => optionOf(name) === step)));
  const links = own.map(({title}) => `[${title}](#${anchor(title)})`);
  return `- ${nameOf(step)}${links.length > 0 ? `: ${links.join(', ')}` : ''}`;
}

/** The steps that belong to no option. The error of executing the command has no field `step`. */
const others = [...new Set(groups.flatMap(({causes = []}) => causes.flatMap(({steps}) => steps)))].filter(
  step => step !== '*' && step !== 'command' && !options.includes(optionOf(step)),
);
const steps = [
  ...options.map(itemOf),
  '',
  'Steps that belong to no option:',
  '',
  ...others.map(itemOf),
  '',
  'Causes that any step can have: [Any step](#any-step).',
];

/** Replaces what is between two markers. */
function fill(text, [begin, end], lines) {
  return (
    text.slice(0, text.indexOf(begin)) + [begin, ...lines, end].join('\n') + text.slice(text.indexOf(end) + end.length)
  );
}

const text = readFileSync(page, 'utf8');
const made = fill(fill(text, stepMarkers, steps), causeMarkers, tables);
if (!process.argv.includes('--check')) writeFileSync(page, made);
else if (made !== text) {
  console.error('docs/errors.md is not up to date: run node scripts/errors.mjs');
  process.exitCode = 1;
}
