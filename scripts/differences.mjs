// Generates the table of docs/differences.md from the scenarios of test/standin, which it runs: node scripts/differences.mjs [--check]
// With --check it only checks whether the page is up to date.
import {readFileSync, writeFileSync} from 'node:fs';
import process from 'node:process';
import {groups} from '../dist-test/standin/groups.js';
import {engines} from '../dist-test/standin/observe.js';
import {casesOf, packages} from '../dist-test/standin/packages/packages.js';

const page = new URL('../docs/differences.md', import.meta.url);
const [begin, end] = ['<!-- Made by scripts/differences.mjs: begin -->', '<!-- end -->'];

const cell = text => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const fail = message => {
  console.error(message);
  process.exit(1);
};
const differences = [];
const same = [];
for (const {title, scenarios} of groups) {
  for (const {name, run, difference} of scenarios) {
    const late = setTimeout(() => fail(`${name} does not end`), 60_000);
    const [theirs, ours] = [await run(engines.childProcess), await run(engines.namespawn)];
    clearTimeout(late);
    if (difference === undefined) {
      if (theirs !== ours) throw new Error(`${name}: '${theirs}' in child_process, '${ours}' in namespawn`);
    } else {
      differences.push(`| ${[name, theirs, ours, difference.why].map(cell).join(' | ')} |`);
    }
  }
  same.push(`- ${title}`);
}

// test/standin/packages.test.ts checks that each package shows these differences and no others.
const inPackages = [];
for (const {name, title} of packages.filter(({node}) => node <= 20)) {
  for (const {name: feature, difference} of await casesOf(name, '', [])) {
    if (difference === undefined) continue;
    const {childProcess, namespawn, why} = difference;
    inPackages.push(`| ${[title, feature, childProcess, namespawn, why].map(cell).join(' | ')} |`);
  }
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
  '',
  '## In packages',
  '',
  '`test/standin/packages` runs the features of these packages over both: ' +
    `${packages.map(({title}) => title).join(', ')}. All of them show the same, except:`,
  '',
  '| package | what | child_process | namespawn | reason |',
  '| --- | --- | --- | --- | --- |',
  ...inPackages,
  end,
].join('\n');

const text = readFileSync(page, 'utf8');
const made = text.slice(0, text.indexOf(begin)) + tables + text.slice(text.indexOf(end) + end.length);
if (!process.argv.includes('--check')) writeFileSync(page, made);
else if (made !== text) {
  console.error('docs/differences.md is not up to date: run node scripts/differences.mjs');
  process.exitCode = 1;
}
