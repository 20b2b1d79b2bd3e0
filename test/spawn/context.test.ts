// What a program of another context or with hooks sees of a command.
import assert from 'node:assert/strict';
import {createHook} from 'node:async_hooks';
import {execFile} from 'node:child_process';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {createSandbox, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {closed} from '../helpers/finished.js';
import {fixturePath} from '../helpers/fixtures.js';

test('an AbortSignal works in a context of node:vm', async () => {
  const library = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
  const args = ['--no-warnings', '--experimental-vm-modules', fixturePath('in-context'), library];
  const {stdout} = await promisify(execFile)(process.execPath, args);
  assert.equal(stdout, 'error,exit\n');
});

// The hooks of jest --detectOpenHandles, which lists what is not destroyed and keeps the program alive.
test("async_hooks: nothing of a command or a sandbox is left after 'close'", async () => {
  const open = new Map<number, {type: string; resource: object}>();
  const seen: string[] = [];
  const hook = createHook({
    init(id, type, _, resource) {
      if (/PROMISE|Timeout|Immediate|TickObject/.test(type)) return;
      seen.push(type);
      open.set(id, {type, resource});
    },
    destroy: id => open.delete(id),
  }).enable();
  const held = (): string[] =>
    [...open.values()]
      .filter(({resource}) => !('hasRef' in resource) || (resource.hasRef as () => boolean)())
      .map(({type}) => type);
  try {
    const all: SpawnOptions[] = [{}, {stdio: 'ignore'}, {pty: true}, {stdio: ['pipe', 'pipe', 'pipe', 'ipc']}];
    const children = all.map(options => spawnInNamespace('true', options));
    children.push(spawnInNamespace('/no/such').on('error', () => {}));
    const closes = Promise.all(children.map(closed));
    const count = (name: string): number => seen.filter(type => type === name).length;
    assert.deepEqual([count('NAMESPACEDPROCESS'), count('PSEUDOTERMINAL')], [children.length, 1]);
    // What connects this thread with the reactor, for as long as the thread lives.
    assert.equal(count('namespawn'), 1);
    assert.ok(held().includes('namespawn'), 'a running command keeps the program alive');
    await closes;
    const sandbox = await createSandbox();
    await sandbox.run('cat', {input: 'text'});
    await sandbox.close();
    // Node emits 'destroy' in a turn of its own.
    await new Promise(resolve => setImmediate(() => setImmediate(resolve)));
    assert.deepEqual(held(), []);
  } finally {
    hook.disable();
  }
});
