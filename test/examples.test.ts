// The examples that show namespaces without a process of their own, and namespaces within namespaces.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {patient} from './helpers/time.js';

const run = async (name: string): Promise<string[]> => {
  const path = fileURLToPath(new URL(`../examples/${name}.mjs`, import.meta.url));
  const {stdout} = await promisify(execFile)(process.execPath, [path], {timeout: patient(60_000)});
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

test('three nested namespaces', async () => {
  const [pids = '', verdict] = await run('nested');
  assert.match(pids, /^the innermost process is \d+ > \d+ > \d+ > \d+$/);
  assert.equal(verdict, 'it has a PID in each namespace');
});
