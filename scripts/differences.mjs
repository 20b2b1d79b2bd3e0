// Generates the table of docs/differences.md from the scenarios of test/standin, which it runs: node scripts/differences.mjs [--check]
// With --check it only checks whether the page is up to date.
import {readFileSync, writeFileSync} from 'node:fs';
import process from 'node:process';
import {groups} from '../dist-test/standin/groups.js';
import {engines} from '../dist-test/standin/observe.js';

const page = new URL('../docs/differences.md', import.meta.url);
const [begin, end] = ['<!-- Made by scripts/differences.mjs: begin -->', '<!-- end -->'];

const cell = text => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const differences = [];
const same = [];
for (const {title, scenarios} of groups) {
  for (const {name, run, difference} of scenarios) {
    const [theirs, ours] = [await run(engines.childProcess), await run(engines.namespawn)];
    if (difference === undefined) {
      if (theirs !== ours) throw new Error(`${name}: '${theirs}' in child_process, '${ours}' in namespawn`);
    } else {
      differences.push(`| ${[name, theirs, ours, difference.why].map(cell).join(' | ')} |`);
    }
  }
  same.push(`- ${title}`);
}
const tables = [
  begin,
  '## What differs',
  '',
  '| what | child_process.spawn | spawnInNamespace | reason |',
  '| --- | --- | --- | --- |',
  ...differences,
  '',
  '## What is the same',
  '',
  'In these areas all other scenarios of `test/standin` have the same result with both:',
  '',
  ...same,
  end,
].join('\n');

const text = readFileSync(page, 'utf8');
const made = text.slice(0, text.indexOf(begin)) + tables + text.slice(text.indexOf(end) + end.length);
if (!process.argv.includes('--check')) writeFileSync(page, made);
else if (made !== text) {
  console.error('docs/differences.md is not up to date: run node scripts/differences.mjs');
  process.exitCode = 1;
}
