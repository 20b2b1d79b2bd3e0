// forkInNamespace: its options, and what a channel keeps alive and releases.
import assert from 'node:assert/strict';
import {type StdioOptions, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {createSandbox, forkInNamespace, type NamespacedProcess, spawnInNamespace} from 'namespawn';
import {leavesNothing} from '../helpers/leaks.js';
import {echoed, ended, fixture, nextMessage} from './helpers.js';

function run(script: string): {status: number | null; stdout: string; stderr: string} {
  const program = `import {forkInNamespace} from 'namespawn';\n${script}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], {encoding: 'utf8', timeout: 60_000});
}

test('the module can be a URL, and runs in the requested namespaces', async () => {
  const child = forkInNamespace(pathToFileURL(fixture('answerer')), {namespaces: ['pid', 'mnt', 'uts']});
  assert.equal(await echoed(child, 'there'), 'there');
  assert.equal(child.namespacePid, 2);
  assert.deepEqual(
    Object.keys(child.namespaces)
      .filter(type => type !== 'user')
      .toSorted(),
    ['mnt', 'pid', 'uts'],
  );
  child.disconnect();
  assert.deepEqual(await ended(child, 'close'), [0, null]);
});

test('a program of node -e can fork', () => {
  const {stdout, stderr} = run(`const child = forkInNamespace(${JSON.stringify(fixture('answerer'))});
    child.on('message', message => { console.log(message); child.disconnect(); });
    child.send({do: 'echo', value: process.execArgv.length});`);
  assert.equal(stdout, '3\n', stderr);
});

test('an open channel keeps the program alive, unless it is unreferenced', () => {
  const start = `const child = forkInNamespace(${JSON.stringify(fixture('answerer'))});
    child.send({do: 'echo', value: 1});
    child.once('message', () => {
      child.unref();`;
  const open = run(`${start} setTimeout(() => { console.log('kept'); child.disconnect(); }, 100).unref(); });`);
  assert.deepEqual([open.status, open.stdout], [0, 'kept\n'], open.stderr);
  const left = run(`${start} child.channel.unref(); console.log(child.channel.hasRef()); });
    process.on('exit', () => console.log(child.connected));`);
  assert.deepEqual([left.status, left.stdout], [0, 'false\ntrue\n'], left.stderr);
});

test('timeout and signal end the module', async () => {
  const late = forkInNamespace(fixture('answerer'), [], {timeout: 300, killSignal: 'SIGKILL'});
  assert.deepEqual(await ended(late, 'close'), [null, 'SIGKILL']);
  const controller = new AbortController();
  const child = forkInNamespace(fixture('answerer'), [], {signal: controller.signal});
  await echoed(child, 1);
  const error = once(child, 'error');
  controller.abort();
  assert.equal((await error)[0].name, 'AbortError');
  assert.deepEqual(await ended(child, 'close'), [null, 'SIGTERM']);
});

test('a module can have a pseudo-terminal', async () => {
  const child = forkInNamespace(fixture('answerer'), [], {pty: true});
  assert.equal(await echoed(child, 1), 1);
  assert.ok(child.pty);
  child.disconnect();
  assert.deepEqual(await ended(child, 'close'), [0, null]);
});

test('a module can be PID 1, or run without a PID namespace', async () => {
  for (const options of [{init: false}, {namespaces: ['uts']}] as const) {
    const child = forkInNamespace(fixture('answerer'), [], {...options} as never);
    assert.equal(await echoed(child, 1), 1);
    child.disconnect();
    assert.deepEqual(await ended(child, 'close'), [0, null]);
  }
});

test('channels leave nothing, however they end', async () => {
  await leavesNothing(async () => {
    const closed: Promise<unknown>[] = [];
    const watched = <Child extends NamespacedProcess>(child: Child): Child => {
      closed.push(ended(child, 'close'));
      return child;
    };
    const byParent = watched(forkInNamespace(fixture('answerer')));
    await echoed(byParent, 1);
    byParent.disconnect();
    const byChild = watched(forkInNamespace(fixture('answerer')));
    await echoed(byChild, 1);
    byChild.send({do: 'disconnect'});
    const stdio: StdioOptions = ['ignore', 'ignore', 'ignore', 'ipc'];
    for (const isDisconnected of [true, false]) {
      const child = watched(spawnInNamespace('sleep', ['1000'], {stdio}));
      await once(child, 'spawn');
      // The kernel accepts a part of it, and never the rest.
      child.send('x'.repeat(3_000_000));
      if (isDisconnected) child.disconnect();
      child.kill('SIGKILL');
    }
    watched(spawnInNamespace('/nonexistent', {stdio})).on('error', () => {});
    await Promise.all(closed);
  });
});

test('a sandbox can fork', async () => {
  const sandbox = await createSandbox();
  const children = [1, 2, 3].map(() => sandbox.fork(fixture('answerer')));
  assert.deepEqual(await Promise.all(children.map((child, index) => echoed(child, index))), [0, 1, 2]);
  const [first] = children;
  first!.send({do: 'exit', value: 4});
  assert.equal(await nextMessage(first!), 'bye');
  assert.deepEqual(await ended(first!, 'close'), [4, null]);
  // The other commands end with the sandbox, as killed ones.
  const errors: unknown[] = [];
  for (const child of children) child.on('error', error => errors.push(error));
  const exits = children.slice(1).map(child => ended(child, 'exit'));
  // As in child_process, the channel may end before or after the process.
  const disconnected = children.slice(1).map(child => ended(child, 'disconnect'));
  await sandbox.close();
  assert.deepEqual(await Promise.all(exits), [
    [null, 'SIGKILL'],
    [null, 'SIGKILL'],
  ]);
  assert.deepEqual(errors, []);
  await Promise.all(disconnected);
  assert.deepEqual(
    children.map(child => child.connected),
    [false, false, false],
  );
});
