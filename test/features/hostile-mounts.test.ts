// Hostile commands in a file system of their own, hostile folders as roots, and known vulnerabilities of others.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, describe, test} from 'node:test';
import {
  createSandbox,
  type Mount,
  type NamespaceError,
  runInNamespace,
  type SpawnOptions,
  spawnInNamespace,
} from 'namespawn';
import {testProgram} from '../helpers/programs.js';
import {isRoot, needsUser} from '../helpers/requirements.js';
import {inEmptyRoot, mountsInside, programs} from '../helpers/root.js';
import {shell} from '../helpers/shell.js';
import {temporaryDirectory} from '../helpers/temporary.js';

const base = temporaryDirectory();
// Other ids inside have to reach it.
chmodSync(base, 0o755);
const program = testProgram('escape');
let directory: string;
let secret: string;
let count = 0;

beforeEach(() => {
  directory = path.join(base, String(count++));
  mkdirSync(directory);
  secret = path.join(directory, 'secret');
  writeFileSync(secret, 'secret');
  chmodSync(secret, 0o666);
});

/** Returns what the command has reached. */
async function attack(how: 'read' | 'write', options: SpawnOptions): Promise<string[]> {
  const file = options.root === 'readonly' ? program : '/escape';
  const {stdout} = await runInNamespace(file, [how, secret], options);
  const lines = stdout.trim().split('\n');
  assert.equal(lines.length, 20);
  return lines.filter(line => !line.endsWith(' no'));
}

const tmp: Mount = {type: 'tmpfs', destination: '/tmp'};
// It needs a tmpfs of nsinit's own, which lies over the old root for a time.
const made: Mount = {type: 'file', destination: '/tmp/made', content: ''};
const withProgram = (): Mount[] => [{type: 'bind', source: program, destination: '/escape', readOnly: true}, tmp];
// Root of the machine is not contained: SECURITY.md.
const own: SpawnOptions = isRoot
  ? {
      namespaces: ['pid', 'mnt', 'user'],
      uidMap: [{containerId: 1000, hostId: 12_345, size: 1}],
      gidMap: [{containerId: 1000, hostId: 12_345, size: 1}],
    }
  : {};
const asRoot: SpawnOptions = isRoot
  ? {
      namespaces: ['pid', 'mnt', 'user'],
      uidMap: [{containerId: 0, hostId: 12_345, size: 100}],
      gidMap: [{containerId: 0, hostId: 12_345, size: 100}],
    }
  : {uidMap: 'root'};

describe('a hostile command', () => {
  for (const [who, ids] of [
    ['without capabilities', own],
    ['that is root of its user namespace', asRoot],
  ] as const) {
    test(`${who} does not get out of an empty root`, async () => {
      const mounts = [...inEmptyRoot().mounts, ...withProgram()];
      for (const init of [true, false]) {
        assert.deepEqual(await attack('read', {...ids, root: 'empty', mounts: [...mounts, made], init}), []);
      }
      assert.deepEqual(await attack('read', {...ids, root: 'empty', mounts}), []);
      const sandbox = await createSandbox({...ids, init: undefined, root: 'empty', mounts} as object);
      const {stdout} = await sandbox.run('/escape', ['read', secret]);
      assert.doesNotMatch(stdout, /reached/);
      await sandbox.close();
    });

    test(`${who} does not get out of a folder, nor of an overlay`, async () => {
      const root = makeRoot();
      const mounts = [...boundPrograms(), ...withProgram()];
      writeFileSync(path.join(root, 'escape'), '');
      mkdirSync(path.join(root, 'tmp'));
      assert.deepEqual(await attack('read', {...ids, root: {bind: root}, mounts}), []);
      assert.deepEqual(await attack('read', {...ids, root: {overlay: [root]}, mounts}), []);
    });

    test(`${who} does not get below a mask, nor below a tmpfs`, async () => {
      // With capabilities it may unmount what is mounted here, but not what the kernel has locked.
      if (ids === asRoot) return;
      const mask: Mount = {type: 'mask', destination: secret};
      const read = async (mount: Mount): Promise<string> =>
        (await runInNamespace(program, ['read', secret], {...ids, root: 'readonly', mounts: [mount]})).stdout;
      // /dev/null can be opened.
      assert.match(await read(mask), /plain reached/);
      assert.doesNotMatch(await read({type: 'tmpfs', destination: directory}), /reached/);
    });
  }

  test('without capabilities writes to nothing that is read-only', async () => {
    const over: Mount = {type: 'file', destination: path.join(directory, 'made'), content: ''};
    writeFileSync(over.destination, '');
    for (const mounts of [[], [over]]) {
      assert.deepEqual(await attack('write', {...own, root: 'readonly', mounts}), []);
    }
    const folder: Mount = {type: 'bind', source: directory, destination: directory, readOnly: true};
    const mounts = [...inEmptyRoot().mounts, ...withProgram(), folder];
    assert.deepEqual(await attack('write', {...own, root: 'empty', mounts}), []);
  });

  test('the attempts succeed where nothing prevents them', {skip: needsUser()}, async () => {
    assert.ok((await attack('write', {root: 'readonly', uidMap: 'root'})).includes('remount reached'));
    assert.ok((await attack('read', {root: 'readonly'})).includes('plain reached'));
  });

  test('a neighbour that exchanges a destination for a link gets no mount elsewhere', async () => {
    const shared = path.join(directory, 'shared');
    for (const name of ['shared', 'shared/folder']) mkdirSync(path.join(directory, name));
    const script = 'cd /shared; while :; do mv folder real; ln -s / folder; rm folder; mv real folder; done';
    const options = inEmptyRoot(
      {type: 'bind', source: shared, destination: '/shared'},
      {type: 'dev', destination: '/dev'},
    );
    const neighbour = spawnInNamespace('sh', ['-c', script], {...options, stdio: 'ignore'});
    await once(neighbour, 'spawn');
    const tmpfs: Mount = {type: 'tmpfs', destination: '/shared/folder'};
    const results: string[] = [];
    for (let i = 0; i < 100; i++) {
      const seen = await mountsInside(inEmptyRoot({type: 'bind', source: shared, destination: '/shared'}, tmpfs)).catch(
        (error: NamespaceError) => String(error.code),
      );
      if (typeof seen === 'string') results.push(seen);
      // A mount moves with the folder that it is on.
      else results.push(...seen.filter(({type}) => type === 'tmpfs').map(({point}) => point));
    }
    neighbour.kill('SIGKILL');
    await once(neighbour, 'close');
    // /shared is the folder itself, where the tests' folder is on a tmpfs.
    const allowed = ['/', '/shared', '/shared/folder', '/shared/real', 'ELOOP', 'EROFS', 'ENOENT', 'ENOTDIR'];
    assert.deepEqual(
      results.filter(one => !allowed.includes(one)),
      [],
    );
    assert.ok(results.filter(one => one === '/').length <= 100);
  });
});

function makeRoot(): string {
  const root = path.join(directory, 'root');
  for (const name of ['usr', 'bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32', 'proc']) {
    mkdirSync(path.join(root, name), {recursive: true});
  }
  return root;
}

function boundPrograms(): Mount[] {
  return programs().map(mount =>
    mount.type === 'symlink'
      ? {type: 'bind', source: mount.destination, destination: mount.destination, readOnly: true}
      : mount,
  );
}

describe('known vulnerabilities of others', () => {
  test('CVE-2019-19921, CVE-2023-27561, CVE-2025-52881: /proc of an image is a link', async () => {
    const root = makeRoot();
    rmSync(path.join(root, 'proc'), {recursive: true});
    mkdirSync(path.join(root, 'fake'));
    symlinkSync('fake', path.join(root, 'proc'));
    const options = {root: {bind: root}, mounts: boundPrograms()};
    await assert.rejects(shell('true', options), {code: 'ELOOP', step: 'mountProc', path: '/proc'});
    const mounts: Mount[] = [...boundPrograms(), {type: 'proc', destination: '/proc'}];
    await assert.rejects(shell('true', {root: {overlay: [root]}, mounts}), {code: 'ELOOP', step: 'mounts'});
  });

  test('CVE-2021-30465, CVE-2019-10152: a destination of an image is a link to the outside', async () => {
    const root = makeRoot();
    symlinkSync(directory, path.join(root, 'data'));
    symlinkSync('/../../../../..', path.join(root, 'up'));
    for (const destination of ['/data', '/data/secret', '/up', '/up/etc']) {
      const mounts: Mount[] = [...boundPrograms(), {type: 'file', destination, content: 'x'}];
      await assert.rejects(shell('true', {root: {bind: root}, mounts}), {code: 'ELOOP', path: destination});
    }
  });

  test('CVE-2024-45310: no stray folders and files on the host, not even through links', async () => {
    const root = makeRoot();
    const outside = path.join(directory, 'outside');
    mkdirSync(outside);
    symlinkSync(outside, path.join(root, 'link'));
    for (const type of ['tmpfs', 'directory'] as const) {
      for (const destination of ['/link/a/b', '/new/a', `/${'../'.repeat(3)}x`.replaceAll('../', 'x/')]) {
        await assert.rejects(shell('true', {root: {bind: root}, mounts: [...boundPrograms(), {type, destination}]}));
      }
    }
    assert.deepEqual(readdirSync(outside), []);
    assert.ok(!readdirSync(root).includes('new'));
  });

  test('CVE-2025-31133: /dev/null of an image is a link, and a mask would mount what it leads to', async () => {
    const root = makeRoot();
    mkdirSync(path.join(root, 'dev'));
    symlinkSync(secret, path.join(root, 'dev', 'null'));
    writeFileSync(path.join(root, 'masked'), 'masked');
    const mounts: Mount[] = [...boundPrograms(), {type: 'mask', destination: '/masked'}];
    assert.equal(await shell('cat /masked', {root: {bind: root}, mounts}), '');
  });

  test('CVE-2025-52565: /dev of an image, or a device in it, is a link', async () => {
    const root = makeRoot();
    symlinkSync(directory, path.join(root, 'dev'));
    const mounts: Mount[] = [...boundPrograms(), {type: 'dev', destination: '/dev'}];
    await assert.rejects(shell('true', {root: {bind: root}, mounts}), {code: 'ELOOP', path: '/dev'});
    assert.deepEqual(readdirSync(directory).sort(), ['root', 'secret']);
  });

  test('CVE-2024-21626: no working directory and no descriptor leads to the outside', async () => {
    const mounts = [...inEmptyRoot().mounts, ...withProgram()];
    for (let fd = 3; fd < 16; fd++) {
      const options: SpawnOptions = {root: 'empty', mounts, cwd: `/proc/self/fd/${fd}`};
      const {stdout} = await runInNamespace('/escape', ['read', secret], options).catch(() => ({stdout: ''}));
      assert.doesNotMatch(stdout, /reached/);
    }
  });

  test('CVE-2021-3732: an overlay of a folder with mounts does not show what they hide', {
    skip: needsUser(),
  }, async () => {
    const mounts: Mount[] = [{type: 'overlay', destination: '/o', lower: ['/']}];
    await assert.rejects(shell('true', inEmptyRoot(...mounts)), {code: 'EINVAL', step: 'mounts'});
  });

  test('a shared mount outside does not receive mounts', async () => {
    const before = readFileSync('/proc/self/mountinfo', 'utf8');
    const mounts: Mount[] = [
      tmp,
      {type: 'bind', source: '/usr', destination: '/tmp/usr'},
      {type: 'tmpfs', destination: '/tmp/usr/lib'},
    ];
    await shell('true', {mounts});
    assert.equal(readFileSync('/proc/self/mountinfo', 'utf8'), before);
  });
});

describe('replaced while it is set up', () => {
  test('a source that is exchanged is mounted as it was when it was opened', async () => {
    const source = path.join(directory, 'source');
    mkdirSync(source);
    writeFileSync(path.join(source, 'file'), '1');
    await using sandbox = await createSandbox(inEmptyRoot({type: 'bind', source, destination: '/x'}));
    renameSync(source, `${source}-old`);
    symlinkSync(directory, source);
    assert.equal((await sandbox.run('cat', ['/x/file'])).stdout, '1');
  });
});
