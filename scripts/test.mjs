// Runs the tests: node scripts/test.mjs [--built] [PART_OF_A_FILE_NAME...]
// With --built it runs the tests in dist-test without compiling them, because the VM contains no compiler. Test files run one after
// another, because they count processes and descriptors. If NAMESPAWN_ALLOWED_SKIPS is set, a skipped test fails unless this regular
// expression matches its reason; CI uses it because it knows what its machine can do. A file that leaves a process running fails as well.
import {execFileSync, spawnSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {run} from 'node:test';
import {spec} from 'node:test/reporters';
import {fileURLToPath} from 'node:url';
import {endOrphans} from './orphans.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const IS_REAPED = '--below-reaper';
const switches = ['--built', IS_REAPED].filter(name => process.argv.includes(name));
if (switches.length === 0) execFileSync('npm', ['run', '--silent', 'build:test'], {stdio: 'inherit'});
if (!switches.includes(IS_REAPED)) {
  const itself = [process.execPath, ...process.execArgv, ...process.argv.slice(1), IS_REAPED];
  const {status, error} = spawnSync('dist-test/programs/reaper', itself, {stdio: 'inherit'});
  if (error !== undefined) throw error;
  process.exit(status ?? 1);
}

const wanted = process.argv.slice(2).filter(argument => !switches.includes(argument));
const files = readdirSync('dist-test', {recursive: true})
  .filter(name => name.endsWith('.test.js') && (wanted.length === 0 || wanted.some(part => name.includes(part))))
  .map(name => path.join(root, 'dist-test', name))
  .sort();
if (files.length === 0) throw new Error(`no test file matches ${wanted.join(' ')}`);

const allowed = process.env.NAMESPAWN_ALLOWED_SKIPS;
const events = run({files, concurrency: 1, timeout: 600_000});
events.on('test:fail', () => {
  process.exitCode = 1;
});
events.on('test:pass', ({name, skip}) => {
  if (skip === undefined || skip === false || allowed === undefined || new RegExp(allowed).test(String(skip))) return;
  process.exitCode = 1;
  process.on('exit', () => console.error(`This machine had no cause to skip: ${name} (${skip})`));
});
// The test runner reports each file as a test that contains the tests in it. It completes when the process of the file has ended.
events.on('test:complete', async ({name, file}) => {
  if (name !== file) return;
  const orphans = await endOrphans();
  if (orphans.length === 0) return;
  process.exitCode = 1;
  const message = `${path.relative('dist-test', file)} left running: ${orphans.join(', ')}`;
  process.on('exit', () => console.error(message));
});
printTimes(10);
events.compose(new spec()).pipe(process.stdout);

// Prints when the first test begins, and which files take longest, for machines that are slow.
function printTimes(count) {
  const began = new Map();
  const took = [];
  let isFirst = true;
  // The test runner reports each file as a test that contains the tests in it.
  events.on('test:dequeue', ({name, file}) => {
    if (name === file) began.set(file, performance.now());
    else if (isFirst) console.log(`the first test begins: ${name}`);
    isFirst &&= name === file;
  });
  events.on('test:complete', ({name, file}) => {
    if (name === file) took.push([performance.now() - began.get(file), path.relative('dist-test', file)]);
  });
  process.on('exit', () => {
    console.error('The slowest files:');
    took.sort(([one], [other]) => other - one);
    for (const [time, file] of took.slice(0, count)) console.error(`${(time / 1000).toFixed(1).padStart(7)} s ${file}`);
  });
}
