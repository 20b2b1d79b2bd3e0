// Makes docs/errors.md from the table of causes in lib/hints: node scripts/errors.mjs [--check]
import {readFileSync, writeFileSync} from 'node:fs';
import process from 'node:process';
import {causes} from '../dist/hints/causes.js';

const page = new URL('../docs/errors.md', import.meta.url);
const [begin, end] = ['<!-- Made by scripts/errors.mjs: begin -->', '<!-- end -->'];
const cell = text => text.replaceAll('|', '\\|').replaceAll('{', '‹').replaceAll('}', '›');

const rows = causes.map(({steps, code, syscall, applies, why, advice}) => {
  const where = steps.map(step => (step === '*' ? 'any' : `\`${step}\``)).join(', ');
  return `| ${[code, syscall ? `${where}, in ${syscall}` : where, applies ? 'seen' : 'what remains', why, advice].map(cell).join(' | ')} |`;
});
const table = [
  begin,
  '| code | step | how it is known | why | what to do |',
  '| --- | --- | --- | --- | --- |',
  ...rows,
  end,
].join('\n');

const text = readFileSync(page, 'utf8');
const made = text.slice(0, text.indexOf(begin)) + table + text.slice(text.indexOf(end) + end.length);
if (!process.argv.includes('--check')) writeFileSync(page, made);
else if (made !== text) {
  console.error('docs/errors.md is not up to date: run node scripts/errors.mjs');
  process.exitCode = 1;
}
