// The life of a terminal: it always closes, and keeps the program alive only as long as a socket does.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {once} from 'node:events';
import {describe, test} from 'node:test';
import {promisify} from 'node:util';
import {createSandbox, type NamespacedProcess, runInNamespace, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {closed} from '../helpers/finished.js';
import {leavesNothing} from '../helpers/leaks.js';
import {Screen} from '../helpers/screen.js';

const typed = 'y'.repeat(100_000);
const kinds: [name: string, options: SpawnOptions, use?: (child: NamespacedProcess) => unknown][] = [
  ['pipes', {}],
  ['a terminal', {pty: true}],
  ['a terminal that flows', {pty: true}, ({pty}) => pty!.resume()],
  ['a terminal that is read', {pty: true}, ({pty}) => pty!.toArray()],
  ['a terminal that is typed at', {pty: true}, ({pty}) => void pty!.end(typed)],
  ['an IPC channel', {stdio: ['pipe', 'pipe', 'pipe', 'ipc']}, child => child.send('hello')],
  ['further pipes', {stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe']}],
  [
    'all of it',
    {pty: true, stdio: [undefined, undefined, undefined, 'ipc', 'pipe', 'pipe']},
    child => child.send('hello'),
  ],
];

for (const namespaces of [['pid'], ['uts']] as const) {
  describe(`a terminal whose command ends before it begins, in a new ${namespaces} namespace, closes:`, () => {
    for (const [name, options, use] of kinds) {
      test(name, () =>
        leavesNothing(async () => {
          const child = spawnInNamespace('/bin/sleep', ['100'], {namespaces, ...options});
          const used = use?.(child);
          child.killAll();
          assert.deepEqual(await closed(child), [null, 'SIGKILL']);
          await used;
        }),
      );

      test(`${name}, in run()`, () =>
        leavesNothing(async () => {
          // run() ends what is typed itself: a write after that is an error, which destroys the terminal and hangs up the command.
          const input = name === 'a terminal that is typed at' ? {input: typed} : undefined;
          const running = runInNamespace('/bin/sleep', ['100'], {namespaces, ...options, ...input, reject: false});
          const used = input ? undefined : use?.(running.child);
          running.child.killAll();
          const {signal, exitCode} = await running;
          assert.deepEqual([exitCode, signal], [null, 'SIGKILL']);
          await used;
        }));

      test(`${name}, in a sandbox that is closed`, () =>
        leavesNothing(async () => {
          const sandbox = await createSandbox({namespaces});
          const child = sandbox.spawn('/bin/sleep', ['100'], options);
          const used = use?.(child);
          const end = closed(child);
          const running = sandbox.run('/bin/sleep', ['100'], {...options, reject: false});
          await sandbox.close();
          assert.deepEqual(await end, [null, 'SIGKILL']);
          assert.equal((await running).signal, 'SIGKILL');
          await used;
        }));
    }
  });
}

test('a terminal that is not read closes when nsinit is killed', () =>
  leavesNothing(async () => {
    const child = spawnInNamespace('yes', {pty: true});
    await once(child, 'spawn');
    child.killAll();
    assert.deepEqual(await closed(child), [null, 'SIGKILL']);
  }));

test('a terminal that is destroyed before its command is executed hangs up', () =>
  leavesNothing(async () => {
    for (const namespaces of [['pid'], ['uts']] as const) {
      const child = spawnInNamespace('/bin/sleep', ['100'], {namespaces, pty: true});
      child.pty!.destroy();
      assert.deepEqual(await closed(child), [null, 'SIGHUP']);
    }
    const missing = spawnInNamespace('/no/such', {pty: true});
    missing.pty!.destroy();
    const end = closed(missing);
    const [error] = await once(missing, 'error');
    assert.equal(error.code, 'ENOENT');
    await end;
  }));

describe('a program whose command is unreferenced', () => {
  const run = promisify(execFile);
  const node = (code: string) => {
    const script = `
      import {spawnInNamespace} from '${import.meta.resolve('namespawn')}';
      const child = spawnInNamespace('sh', ['-c', 'echo one; read line; echo two; exec sleep 1000'], {pty: true});
      const {pty} = child;
      child.unref();
      process.on('exit', () => console.log('exit'));
      ${code}`;
    return run(process.execPath, ['--input-type=module', '-e', script]);
  };

  test('stays alive while the terminal is read', async () => {
    const {stdout} = await node(`
      child.ref();
      child.once('spawn', () => child.unref());
      let text = '';
      pty.on('data', chunk => {
        text += chunk;
        if (/one\\r\\n$/.test(text)) setTimeout(() => pty.write('\\n'), 100).unref();
        if (/two\\r\\n$/.test(text)) {
          console.log('two');
          pty.unref();
        }
      });`);
    assert.equal(stdout, 'two\nexit\n');
  });

  test('ends if the terminal is unreferenced as well', async () => {
    const {stdout} = await node(`
      child.ref();
      pty.once('data', () => {
        console.log('one');
        child.unref();
        pty.unref();
      });`);
    assert.equal(stdout, 'one\nexit\n');
  });
});

test('the erase key removes a character of two bytes as a whole', async () => {
  const script = 'stty -echo; echo READY; IFS= read -r line; printf %s "$line" | od -An -tx1';
  const child = spawnInNamespace('sh', ['-c', script], {pty: true});
  const screen = new Screen(child.pty!);
  await screen.shows(/READY\r\n/);
  child.pty!.write('aé\x7fb\n');
  await closed(child);
  assert.equal(screen.text, 'READY\r\n 61 62\r\n');
});
