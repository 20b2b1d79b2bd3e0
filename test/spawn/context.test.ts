// What a program of another context or with hooks sees of a command.
import assert from 'node:assert/strict';
import {createHook} from 'node:async_hooks';
import {execFile} from 'node:child_process';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {type SpawnOptions, spawnInNamespace} from 'namespawn';
import {closed} from '../helpers/finished.js';
import {fixturePath} from '../helpers/fixtures.js';

test('an AbortSignal works in a context of node:vm', async () => {
  const library = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
  const args = ['--no-warnings', '--experimental-vm-modules', fixturePath('in-context'), library];
  const {stdout} = await promisify(execFile)(process.execPath, args);
  assert.equal(stdout, 'error,exit\n');
});

test("async_hooks: every resource of a command is destroyed after 'close'", async () => {
  const open = new Map<number, string>();
  const hook = createHook({
    init: (id, type) => /NAMESPACEDPROCESS|PSEUDOTERMINAL/.test(type) && open.set(id, type),
    destroy: id => open.delete(id),
  }).enable();
  try {
    const all: SpawnOptions[] = [{}, {stdio: 'ignore'}, {pty: true}];
    const children = all.map(options => spawnInNamespace('true', options));
    children.push(spawnInNamespace('/no/such').on('error', () => {}));
    const closes = Promise.all(children.map(closed));
    assert.deepEqual([...open.values()].sort(), [...children.map(() => 'NAMESPACEDPROCESS'), 'PSEUDOTERMINAL']);
    await closes;
    // Node emits 'destroy' in a turn of its own.
    await new Promise(resolve => setImmediate(() => setImmediate(resolve)));
    assert.deepEqual([...open.values()], []);
  } finally {
    hook.disable();
  }
});
