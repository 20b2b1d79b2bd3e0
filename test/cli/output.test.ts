// What the subcommands write, and where: a full disk, standard output, colours, and lists of types.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {closeSync, openSync} from 'node:fs';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {namespaceIds} from 'namespawn';
import {namespawn, tryNamespawn} from '../helpers/commands.js';
import {needsProgram} from '../helpers/requirements.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

test('a full disk gives a message and the status 1', () => {
  const full = openSync('/dev/full', 'w');
  const commands = [
    ['--help'],
    ['--version'],
    ['run', '--help'],
    ['ls'],
    ['ls', '--json'],
    ['ls', '--tree'],
    ['ls', '--tree', '--json'],
    ['ls', '--html', '-'],
    ['ps'],
    ['ps', '--json'],
    ['pid', '1'],
    ['pid', '1', '--json'],
    ['probe'],
    ['probe', '--json'],
    ['completion', 'bash'],
    ['enter', '--help'],
    ['netns', 'identify'],
    ['netns', '--help'],
    ['seccomp', 'explain', 'default'],
    ['seccomp', 'explain', 'default', 'openat'],
    ['run', '--pty', '--', 'echo', 'output'],
  ];
  for (const words of commands) {
    const {status, stderr} = spawnSync(process.execPath, [main, ...words], {
      encoding: 'utf8',
      stdio: ['ignore', full, 'pipe'],
    });
    assert.equal(status, 1, words.join(' '));
    assert.match(stderr, /^namespawn: cannot write to standard output: ENOSPC: no space left on device, write\n$/);
  }
  // A command that inherits standard output reports it itself.
  const inherited = spawnSync(process.execPath, [main, 'run', '--', 'sh', '-c', 'echo output || exit 9'], {
    stdio: ['ignore', full, 'ignore'],
  });
  assert.equal(inherited.status, 9);
  const {status, stderr} = tryNamespawn('ls', '--html', '/dev/full');
  assert.equal(status, 1);
  assert.match(stderr, /^namespawn: ENOSPC/);
  closeSync(full);
});

test('a full disk behind standard error does not change the status', () => {
  const full = openSync('/dev/full', 'w');
  const statusOf = (...words: string[]) =>
    spawnSync(process.execPath, [main, ...words], {stdio: ['ignore', 'ignore', full]}).status;
  assert.equal(statusOf('run', '-v', '--', 'sh', '-c', 'exit 3'), 3);
  assert.equal(statusOf('ls', '-p', '2147483647'), 1);
  assert.equal(statusOf('ls', '--nosuch'), 125);
  closeSync(full);
});

test('a reader that closes the pipe is no failure', () => {
  const line = `'${process.execPath}' '${main}' ls --tree --json | true; exit "\${PIPESTATUS[0]}"`;
  const {status, stderr} = spawnSync('bash', ['-c', line], {encoding: 'utf8'});
  assert.deepEqual([status, stderr], [0, '']);
});

test('ls --html - writes the page to standard output', () => {
  const page = namespawn('ls', '--html', '-');
  assert.match(page, /^<!doctype html>/);
  assert.match(page, /<\/html>\n$/);
});

test('ls -t takes types that are separated by commas, by blanks, or given one by one', () => {
  const typesOf = (...words: string[]): string[] =>
    JSON.parse(namespawn('ls', '-J', '-p', `${process.pid}`, ...words)).namespaces.map(
      ({type}: {type: string}) => type,
    );
  for (const words of [['-t', 'pid,user'], ['-t', 'pid', 'user'], ['-t', 'pid', '-t', 'user'], ['--type=pid,user']]) {
    assert.deepEqual(typesOf(...words), ['pid', 'user'], words.join(' '));
  }
});

test('probe -J is --json', () => {
  const {stdout} = tryNamespawn('probe', '-J');
  assert.equal(JSON.parse(stdout).caller.uid, process.getuid!());
});

test('NO_COLOR and FORCE_COLOR', {skip: needsProgram('script')}, () => {
  const {NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...environment} = process.env;
  const line = `'${process.execPath}' '${main}' ls --tree --pid ${process.pid}`;
  const isColoured = (onTerminal: boolean, variables: NodeJS.ProcessEnv): boolean => {
    const env = {...environment, TERM: 'xterm-256color', ...variables};
    const words = onTerminal ? ['script', '-qec', line, '/dev/null'] : ['sh', '-c', line];
    const {stdout, stderr} = spawnSync(words[0]!, words.slice(1), {encoding: 'utf8', env});
    assert.ok(stdout.includes(`${namespaceIds(process.pid).pid}`));
    assert.equal(stderr, '');
    return stdout.includes('\u001b[');
  };
  const table: [terminal: boolean, pipe: boolean, variables: NodeJS.ProcessEnv][] = [
    [true, false, {}],
    [true, false, {NO_COLOR: ''}],
    [false, false, {NO_COLOR: '1'}],
    [false, false, {NO_COLOR: '0'}],
    [true, false, {FORCE_COLOR: ''}],
    [true, true, {FORCE_COLOR: '1'}],
    [true, true, {FORCE_COLOR: 'yes'}],
    [true, true, {FORCE_COLOR: '1', NO_COLOR: '1'}],
    [true, true, {FORCE_COLOR: '1', TERM: 'dumb'}],
    [false, false, {TERM: 'dumb'}],
  ];
  for (const [terminal, pipe, variables] of table) {
    assert.equal(isColoured(true, variables), terminal, `on a terminal: ${JSON.stringify(variables)}`);
    assert.equal(isColoured(false, variables), pipe, `on a pipe: ${JSON.stringify(variables)}`);
  }
});
