// What a test run prints: a line for each file, each failure when it happens, and a summary that names the failures again, since the end of
// a log is often all that one sees of it. At a terminal the line of the running file is overwritten.
import path from 'node:path';
import process from 'node:process';
import {inspect} from 'node:util';

const seconds = milliseconds => `${(milliseconds / 1000).toFixed(1)} s`;
const isTerminal = process.stdout.isTTY === true;

/**
 * Prints the events of a test run.
 * @param events - what run() of node:test returns
 * @param files - the test files
 * @param root - the folder to which names of files are shown relative
 */
export function report(events, files, root) {
  const began = performance.now();
  const nameOf = file => path.relative(root, file).replace(/\.test\.js$/, '');
  const all = {passed: 0, failed: 0, skipped: 0};
  const took = [];
  const reasons = new Map();
  const failures = [];
  let current = {file: '', start: 0, passed: 0, failed: 0, skipped: 0};
  let done = 0;
  // The names of the tests that contain the present one, by their depth.
  const names = [];

  const show = text => {
    if (isTerminal) process.stdout.write(`\r\x1b[K${text}`);
  };
  const print = text => {
    show('');
    process.stdout.write(`${text}\n`);
  };
  const progress = () => {
    const {file, passed, failed} = current;
    const ended = failed > 0 ? `${passed} passed, ${failed} failed` : `${passed} passed`;
    return `[${String(done).padStart(String(files.length).length)}/${files.length}] ${nameOf(file)}: ${ended}`;
  };

  events.on('test:dequeue', ({name, file}) => {
    if (name !== file) return;
    if (done === 0) print(files.length === 1 ? '1 test file' : `${files.length} test files`);
    current = {file, start: performance.now(), passed: 0, failed: 0, skipped: 0};
    done++;
    show(progress());
  });
  events.on('test:start', ({name, nesting}) => {
    names.length = nesting;
    names[nesting] = name;
  });
  events.on('test:pass', ({name, file, skip, details}) => {
    if (name === file || details.type === 'suite') return;
    const kind = skip ? 'skipped' : 'passed';
    all[kind]++;
    current[kind]++;
    if (skip) reasons.set(String(skip), (reasons.get(String(skip)) ?? 0) + 1);
    show(progress());
  });
  events.on('test:fail', ({name, file, nesting, details: {error, duration_ms}}) => {
    // It is told already for the test inside that has failed.
    if (error?.failureType === 'subtestsFailed') return;
    all.failed++;
    current.failed++;
    const place = name === file ? [] : [...names.slice(0, nesting), name];
    const failure = [nameOf(file ?? current.file), ...place].join(' > ');
    print(`✖ ${failure} (${seconds(duration_ms)})`);
    const cause = error?.cause ?? error;
    failures.push(
      `${failure}: ${String(cause?.message ?? cause)
        .split('\n', 3)
        .join(' ')
        .slice(0, 300)}`,
    );
    print(inspect(cause, {depth: 4, colors: isTerminal}).replace(/^/gm, '    '));
  });
  for (const stream of ['stdout', 'stderr']) {
    events.on(`test:${stream}`, ({message}) => {
      show('');
      process[stream].write(message);
    });
  }
  events.on('test:complete', ({name, file}) => {
    if (name !== file) return;
    const time = performance.now() - current.start;
    took.push([time, nameOf(file)]);
    print(`${progress()}${current.skipped > 0 ? `, ${current.skipped} skipped` : ''} (${seconds(time)})`);
  });
  process.on('exit', () => {
    took.sort(([one], [other]) => other - one);
    const [minutes, rest] = [
      Math.floor((performance.now() - began) / 60_000),
      ((performance.now() - began) / 1000) % 60,
    ];
    print('');
    for (const [reason, count] of reasons) print(`skipped ${count}: ${reason}`);
    print(
      `The slowest files: ${took
        .slice(0, 10)
        .map(([time, file]) => `${file} ${seconds(time)}`)
        .join(', ')}`,
    );
    for (const failure of failures) print(`✖ ${failure}`);
    const verdict = process.exitCode ? 'FAILED' : 'passed';
    const {passed, failed, skipped} = all;
    print(
      `${verdict}: ${passed} passed, ${failed} failed, ${skipped} skipped, in ${minutes} min ${Math.round(rest)} s`,
    );
  });
}
