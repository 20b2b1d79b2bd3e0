// readFile, writeFile, list and remove, where nobody interferes.
import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {createSandbox, type Sandbox} from 'namespawn';
import {leavesNothing} from '../helpers/leaks.js';
import {needsRoot} from '../helpers/requirements.js';
import {contained, places, refusal, sandboxWith} from './inside.js';

for (const {name, options} of places) {
  describe(`files, as ${name}`, () => {
    let sandbox: Sandbox;
    before(async () => {
      sandbox = await sandboxWith(
        'echo hi > text; mkdir -p folder/.hidden/deep; touch folder/.hidden/deep/x.c',
        options,
      );
    });
    after(() => sandbox.close());

    test('a file is read as a Buffer, or as a string', async () => {
      assert.deepEqual(await sandbox.readFile('/mnt/text'), Buffer.from('hi\n'));
      assert.equal(await sandbox.readFile('/mnt/text', 'utf8'), 'hi\n');
      assert.equal(await sandbox.readFile('/mnt/./folder/../text', {encoding: 'base64'}), 'aGkK');
    });

    test('a file is written, and a command reads it', async () => {
      const bytes = Buffer.alloc(3_000_001, 'abc');
      await sandbox.writeFile('/mnt/written', bytes, {mode: 0o640});
      const {stdout} = await sandbox.run('sh', ['-c', 'stat -c "%a %u %g %s" /mnt/written']);
      assert.equal(stdout, '640 0 0 3000001\n');
      assert.ok(bytes.equals(await sandbox.readFile('/mnt/written')));
      await sandbox.writeFile('/mnt/written', 'new');
      assert.equal(await sandbox.readFile('/mnt/written', 'utf8'), 'new');
      await sandbox.writeFile('/mnt/empty', '');
      assert.deepEqual(await sandbox.readFile('/mnt/empty'), Buffer.alloc(0));
    });

    test('missing folders are made if that is wanted', async () => {
      const error = await refusal(sandbox.writeFile('/mnt/a/b/c', 'x'));
      assert.deepEqual([error.code, error.step, error.path], ['ENOENT', 'writeFile', '/mnt/a/b/c']);
      assert.match(error.hint!, /recursive/);
      await sandbox.writeFile('/mnt/a/b/c', 'x', {recursive: true});
      assert.equal(await sandbox.readFile('/mnt/a/b/c', 'utf8'), 'x');
    });

    test('a file that exists is kept if that is wanted', async () => {
      await sandbox.writeFile('/mnt/once', '1', {exclusive: true});
      assert.equal((await refusal(sandbox.writeFile('/mnt/once', '2', {exclusive: true}))).code, 'EEXIST');
      assert.equal(await sandbox.readFile('/mnt/once', 'utf8'), '1');
    });

    test('entries are listed with their properties', async () => {
      const entries = await sandbox.list('/mnt/folder');
      assert.deepEqual(
        entries.map(({path, type, uid, mode}) => ({path, type, uid, mode})),
        [{path: '.hidden', type: 'directory', uid: 0, mode: 0o755}],
      );
      assert.ok(Math.abs(entries[0]!.modifiedMs - Date.now()) < 600_000);
      const deep = await sandbox.list('/mnt/folder', {pattern: '**/*.{c,h}'});
      assert.deepEqual(
        deep.map(({path}) => path),
        ['.hidden/deep/x.c'],
      );
    });

    test('files and folders are removed', async () => {
      await sandbox.run('sh', [
        '-c',
        'mkdir -p /mnt/gone/a/b/c; touch /mnt/gone/a/f; ln -s /etc /mnt/gone/a/l; touch /mnt/single',
      ]);
      await sandbox.remove('/mnt/single');
      const error = await refusal(sandbox.remove('/mnt/gone'));
      assert.equal(error.code, 'ENOTEMPTY');
      await sandbox.remove('/mnt/gone', {recursive: true});
      assert.equal((await refusal(sandbox.remove('/mnt/gone'))).code, 'ENOENT');
      await sandbox.remove('/mnt/gone', {force: true});
      assert.equal((await sandbox.run('ls', ['/etc/passwd'])).exitCode, 0);
    });

    test('nothing is left', () =>
      leavesNothing(async () => {
        await sandbox.writeFile('/mnt/x', 'x');
        await sandbox.readFile('/mnt/x');
        await refusal(sandbox.readFile('/mnt/none'));
        await sandbox.list('/mnt');
        await sandbox.remove('/mnt/x');
      }, 1));
  });
}

test('the owner is given by ids inside', {skip: needsRoot()}, async () => {
  await using sandbox = await sandboxWith('mkdir -m 700 private; chown 7 private');
  await sandbox.writeFile('/mnt/d/owned', 'x', {uid: 5, gid: 6, mode: 0o4755, recursive: true});
  const {stdout} = await sandbox.run('stat', ['-c', '%u %g %a', '/mnt/d', '/mnt/d/owned']);
  assert.equal(stdout, '5 6 755\n5 6 4755\n');
  assert.deepEqual(
    (await sandbox.list('/mnt/d')).map(({uid, gid}) => [uid, gid]),
    [[5, 6]],
  );
  const error = await refusal(sandbox.writeFile('/mnt/unmapped', 'x', {uid: 4_000_000}));
  assert.deepEqual([error.code, error.syscall], ['EINVAL', 'fchown']);
  assert.match(error.hint!, /not mapped/);
  assert.deepEqual((await sandbox.list('/mnt')).map(({path}) => path).sort(), ['d', 'private']);
});

test('another user inside does it, with the rights of that user', {skip: needsRoot()}, async () => {
  await using sandbox = await sandboxWith('mkdir -m 700 private; echo x > private/x; chown -R 7 private');
  assert.equal(await sandbox.readFile('/mnt/private/x', {encoding: 'utf8', as: {uid: 7, gid: 7}}), 'x\n');
  const as = {uid: 8, gid: 8};
  const calls = [
    sandbox.readFile('/mnt/private/x', {as}),
    sandbox.writeFile('/mnt/private/x', '', {as}),
    sandbox.list('/mnt/private', {as}),
    sandbox.remove('/mnt/private/x', {as}),
  ];
  for (const error of await Promise.all(calls.map(refusal))) assert.equal(error.code, 'EACCES');
});

test('a user without a map of root reads and writes its own files', async () => {
  await using sandbox = await createSandbox();
  const folder = (await sandbox.run('mktemp', ['-d'])).stdout.trim();
  await sandbox.writeFile(`${folder}/x`, 'mine');
  assert.equal((await sandbox.run('cat', [`${folder}/x`])).stdout, 'mine');
  await sandbox.remove(folder, {recursive: true});
});

test('a sandbox without a mount namespace, and one without a PID namespace, have files too', async () => {
  for (const type of ['pid', 'mnt'] as const) {
    const namespaces = contained.namespaces as ('pid' | 'mnt' | 'user')[];
    await using sandbox = await createSandbox({...contained, namespaces: namespaces.filter(name => name !== type)});
    assert.match(await sandbox.readFile('/etc/passwd', 'utf8'), /root/);
  }
});

test('bad arguments are refused', async () => {
  await using sandbox = await createSandbox();
  const refused = async (promise: Promise<unknown>) => (await refusal(promise)).code;
  assert.equal(await refused(sandbox.readFile('relative')), 'ERR_INVALID_ARG_VALUE');
  assert.equal(await refused(sandbox.readFile('/a\0b')), 'ERR_INVALID_ARG_VALUE');
  assert.equal(await refused(sandbox.readFile(1 as never)), 'ERR_INVALID_ARG_TYPE');
  assert.equal(await refused(sandbox.readFile('/x', 'none' as never)), 'ERR_INVALID_ARG_VALUE');
  assert.equal(await refused(sandbox.readFile('/x', {maxsize: 1} as never)), 'ERR_INVALID_ARG_VALUE');
  assert.equal(await refused(sandbox.readFile('/x', {maxSize: -1})), 'ERR_OUT_OF_RANGE');
  assert.equal(await refused(sandbox.writeFile('/x', 1 as never)), 'ERR_INVALID_ARG_TYPE');
  assert.equal(await refused(sandbox.writeFile('/x', '', {mode: 0o10000})), 'ERR_OUT_OF_RANGE');
  assert.equal(await refused(sandbox.list('/', {pattern: '../*'})), 'ERR_INVALID_ARG_VALUE');
  assert.equal(await refused(sandbox.list('/', {pattern: '/etc/*'})), 'ERR_INVALID_ARG_VALUE');
  assert.equal(await refused(sandbox.readFile('/x', {as: {user: 1}} as never)), 'ERR_INVALID_ARG_VALUE');
  assert.equal((await refusal(sandbox.remove('/'))).code, 'EISDIR');
});

test('a call can be aborted, and fails when the sandbox is closed', async () => {
  const sandbox = await createSandbox();
  const reason = new Error('enough');
  assert.equal(await refusal(sandbox.readFile('/etc/passwd', {signal: AbortSignal.abort(reason)})), reason);
  const controller = new AbortController();
  const reading = refusal(sandbox.readFile('/etc/passwd', {signal: controller.signal}));
  controller.abort(reason);
  assert.equal(await reading, reason);
  await sandbox.close();
  assert.equal((await refusal(sandbox.readFile('/etc/passwd'))).code, 'ESRCH');
});
