// The examples of joining, connecting and nesting namespaces.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {once} from 'node:events';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {spawnInNamespace} from 'namespawn';
import {needsProgram} from './helpers/requirements.js';
import {Screen} from './helpers/screen.js';
import {patient} from './helpers/time.js';

const example = (name: string): string => fileURLToPath(new URL(`../examples/${name}.mjs`, import.meta.url));

const run = async (name: string): Promise<string[]> => {
  const {stdout} = await promisify(execFile)(process.execPath, [example(name)], {timeout: patient(60_000)});
  return stdout.trim().split('\n');
};

test('two web servers on port 80 in two net namespaces', async () => {
  assert.deepEqual(await run('two-servers'), [
    'blue: hello from blue',
    'green: hello from green',
    'by http.Agent: hello from blue',
  ]);
});

test('an allow-list proxy for a namespace without a route', async () => {
  assert.deepEqual((await run('allow-list-proxy')).sort(), [
    'directly ECONNREFUSED',
    'http://127.0.0.1/allowed 200 the page /allowed',
    'http://secret.example/ 403 not allowed',
  ]);
});

test('a cable between two net namespaces', {skip: needsProgram('ip')}, async () => {
  assert.deepEqual(await run('veth'), ['hello 10.11.12.1', 'nothing comes through']);
});

test('an interactive shell beside a running service', async () => {
  const namespaces = [] as const;
  const child = spawnInNamespace(process.execPath, [example('shell-beside')], {namespaces, pty: true});
  const closed = once(child, 'close');
  const screen = new Screen(child.pty);
  await screen.shows(/beside the service\]# /);
  child.pty.write('hostname; echo $SETTING; pwd; tty\n');
  await screen.shows(/\nservice\r\nof the service\r\n\/etc\r\n/);
  // It has job control: a job that is stopped gives the terminal back.
  // The key discards what is not yet read.
  child.pty.write('sh -c "echo going; exec sleep 1000"\n');
  await screen.shows(/going\r\n/);
  await screen.showsOnTyping('\x1a', /Stopped/);
  child.pty.write('kill %1; exit 4\n');
  await screen.showsOnTyping('exit 4\n', /the shell has ended with 4, and the service runs/);
  assert.deepEqual(await closed, [0, null]);
});

test('three nested namespaces', async () => {
  const [pids = '', verdict] = await run('nested');
  assert.match(pids, /^the innermost process is \d+ > \d+ > \d+ > \d+$/);
  assert.equal(verdict, 'it has a PID in each namespace');
});

test('a judge of programs', async () => {
  assert.deepEqual(await run('judge'), [
    'sorts: right, and made sorted.txt',
    'prints: wrong: no file sorted.txt',
    'links: wrong: sorted.txt is left out (ELOOP)',
    'floods: wrong: sorted.txt is left out (EFBIG)',
    'hangs: wrong: it took too long',
  ]);
});
