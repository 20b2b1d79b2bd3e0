// Runs the tests: node scripts/test.mjs [--built] [PART_OF_A_FILE_NAME...]
// With --built it runs the tests in dist-test without compiling them, because the VM contains no compiler. Test files run one after
// another, because they count processes and descriptors. If NAMESPAWN_ALLOWED_SKIPS is set, a skipped test fails unless this regular
// expression matches its reason; CI uses it because it knows what its machine can do. A file that leaves a process running fails as well.
import {spawnSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {run} from 'node:test';
import {fileURLToPath} from 'node:url';
import {endOrphans} from './orphans.mjs';
import {report} from './test-report.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const IS_REAPED = '--below-reaper';
const switches = ['--built', IS_REAPED].filter(name => process.argv.includes(name));
if (switches.length === 0) {
  console.error('Compiling the tests ...');
  // What the compiler prints says why it fails.
  const {status} = spawnSync('npm', ['run', '--silent', 'build:test'], {stdio: 'inherit'});
  if (status !== 0) process.exit(1);
}
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
report(events, files, path.join(root, 'dist-test'));
