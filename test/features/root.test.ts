// The option `root`.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {chmodSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, describe, test} from 'node:test';
import {
  createSandbox,
  forkInNamespace,
  type NamespaceError,
  type RootOption,
  runInNamespace,
  spawnInNamespace,
} from 'namespawn';
import {leavesNothing} from '../helpers/leaks.js';
import {needsProgram, needsRoot, needsUser} from '../helpers/requirements.js';
import {inEmptyRoot, mountsInside, programs} from '../helpers/root.js';
import {shell} from '../helpers/shell.js';
import {temporaryDirectory} from '../helpers/temporary.js';

const base = temporaryDirectory();
let directory: string;
let count = 0;

beforeEach(() => {
  directory = path.join(base, String(count++));
  mkdirSync(directory);
});

/** Makes a root directory with mount points for {@link programs}, and a file. */
function makeRoot(): string {
  const root = path.join(directory, 'root');
  for (const name of ['usr', 'bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32', 'proc', 'tmp', 'data']) {
    mkdirSync(path.join(root, name), {recursive: true});
  }
  writeFileSync(path.join(root, 'data', 'file'), 'content\n');
  return root;
}

/** Directories of the host, where the host has links: a bind of the programs that needs no link. */
const boundPrograms = programs().map(mount =>
  mount.type === 'symlink'
    ? {type: 'bind' as const, source: mount.destination, destination: mount.destination, readOnly: true}
    : mount,
);

const mountTable = (): string => readFileSync('/proc/self/mountinfo', 'utf8');

describe("root: 'readonly'", () => {
  test('no mount of the host can be written to, and the host stays as it is', async () => {
    const before = mountTable();
    const seen = await mountsInside({root: 'readonly', mountProc: false, mountSys: false});
    assert.ok(seen.length > 0);
    assert.deepEqual(
      seen.filter(({options}) => !options.includes('ro')).map(({point}) => point),
      [],
    );
    await assert.rejects(shell(`echo x >${directory}/new`, {root: 'readonly'}), {stderr: /Read-only file system/});
    assert.deepEqual(readdirSync(directory), []);
    assert.equal(mountTable(), before);
  });

  test('a tmpfs of `mounts` can be written to', async () => {
    const options = {root: 'readonly', mounts: [{type: 'tmpfs', destination: '/tmp'}]} as const;
    assert.equal(await shell('echo text >/tmp/file && cat /tmp/file && ls -A /tmp', options), 'text\nfile');
  });

  test('the directory of the caller stays the default', async () => {
    assert.equal(await shell('pwd', {root: 'readonly'}), realpathSync('.'));
  });

  test('a command without a PID namespace has it too', async () => {
    await assert.rejects(shell(`echo x >${directory}/new`, {root: 'readonly', namespaces: ['uts']}), {
      stderr: /Read-only file system/,
    });
  });
});

describe("programs with root: 'readonly' and an empty /tmp", () => {
  const scripts: Record<string, [args: string[], expected: RegExp]> = {
    node: [['-p', '6 * 7'], /^42$/],
    python3: [['-c', 'import tempfile, os; f = tempfile.NamedTemporaryFile(); print(6 * 7)'], /^42$/],
    gcc: [['-xc', '-o', '/tmp/program', '/tmp/program.c'], /^$/],
    git: [['init', '/tmp/repository'], /repository/],
    bash: [['-c', 'cat <<<$((6 * 7))'], /^42$/],
  };
  for (const [program, [args, expected]] of Object.entries(scripts)) {
    test(program, {skip: needsProgram(program)}, async () => {
      const mounts = [
        tmp,
        {type: 'file', destination: '/tmp/program.c', content: 'int main(void) { return 0; }\n'},
      ] as const;
      const {stdout} = await runInNamespace(program, args, {
        root: 'readonly',
        mounts,
        env: {...process.env, TMPDIR: '/tmp', HOME: '/tmp'},
      });
      assert.match(stdout.trim(), expected);
    });
  }
});

describe("root: 'empty'", () => {
  test('contains only what `mounts` says, and a /proc', async () => {
    const names = programs().map(({destination}) => destination.slice(1));
    assert.deepEqual((await shell('ls -A /', inEmptyRoot())).split('\n'), [...names, 'proc'].sort());
    assert.equal(await shell('pwd', inEmptyRoot()), '/');
  });

  test('nothing of the old root is mounted', async () => {
    const points = (await mountsInside(inEmptyRoot())).map(({point}) => point);
    const expected = programs().flatMap(({type, destination}) => (type === 'bind' ? [destination] : []));
    assert.deepEqual(
      points.filter(point => !expected.some(one => point === one || point.startsWith(`${one}/`))),
      ['/', '/proc'],
    );
  });

  test('the working directory is that of the caller if it exists inside', async () => {
    const cwd = process.cwd();
    const options = inEmptyRoot({type: 'directory', destination: cwd});
    assert.equal(await shell('pwd; ls -A', options), cwd);
  });

  test('a command that is not inside does not exist', async () => {
    await assert.rejects(runInNamespace('true', [], {root: 'empty'}), {code: 'ENOENT', syscall: 'spawn true'});
  });

  test('works without an init, and without a PID namespace', async () => {
    assert.equal(await shell('echo $$; ls -d /proc/1', {...inEmptyRoot(), init: false}), '1\n/proc/1');
    assert.equal(await shell('echo /*', {...inEmptyRoot(), namespaces: ['uts']}), `/${await namesInside()}`);
  });

  test('works in all namespaces at once', async () => {
    const namespaces = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'] as const;
    assert.equal(await shell('echo $$', {...inEmptyRoot(), namespaces}), '2');
  });

  test('the umask and the descriptors of the command are what they are without it', async () => {
    const script = 'umask; ls -l /proc/self/fd | wc -l';
    assert.equal(await shell(script, inEmptyRoot()), await shell(script, {}));
  });
});

async function namesInside(): Promise<string> {
  const names = programs().map(({destination}) => destination.slice(1));
  return names.sort().join(' /');
}

describe('root: {bind}', () => {
  test('is the directory', async () => {
    const root = makeRoot();
    const options = {root: {bind: root}, mounts: boundPrograms};
    assert.equal(await shell('cat /data/file; echo new >/data/new; cd /; ls -d proc/1', options), 'content\nproc/1');
    assert.equal(readFileSync(path.join(root, 'data', 'new'), 'utf8'), 'new\n');
  });

  test('can be read-only, with a writable mount in it', async () => {
    const root = makeRoot();
    const options = {root: {bind: root, readOnly: true}, mounts: [...boundPrograms, tmp]};
    await assert.rejects(shell('echo new >/data/new', options), {stderr: /Read-only file system/});
    assert.equal(await shell('echo new >/tmp/new; cat /tmp/new', options), 'new');
    assert.deepEqual(readdirSync(path.join(root, 'tmp')), []);
  });

  test('nothing is made in it', async () => {
    const root = makeRoot();
    const options = {root: {bind: root}, mounts: [...boundPrograms, {type: 'tmpfs', destination: '/a/b'}] as const};
    const index = boundPrograms.length;
    await assert.rejects(shell('true', options), (error: NamespaceError) => {
      assert.deepEqual({...error, hint: ''}, {...error, code: 'EROFS', step: 'mounts', index, path: '/a/b', hint: ''});
      assert.match(error.hint!, /nothing is made in a directory of the host/);
      return true;
    });
    assert.ok(!readdirSync(root).includes('a'));
  });

  test('a missing /proc is an error of mountProc', async () => {
    await assert.rejects(shell('true', {root: {bind: directory}}), {code: 'EROFS', step: 'mountProc', path: '/proc'});
  });

  test('a missing directory', async () => {
    const missing = path.join(directory, 'missing');
    await assert.rejects(shell('true', {root: {bind: missing}}), {code: 'ENOENT', step: 'root', path: missing});
  });

  test('a directory that the caller may not reach', {skip: needsUser()}, async () => {
    const closed = '/proc/1/root';
    await assert.rejects(shell('true', {root: {bind: closed}}), {code: 'EACCES', step: 'root', path: closed});
  });

  test('ids inside that may not read the directory do not matter', {skip: needsRoot()}, async () => {
    const root = makeRoot();
    chmodSync(directory, 0o700);
    const ranges = [{containerId: 0, hostId: 100_000, size: 1000}];
    const options = {root: {bind: root}, mounts: boundPrograms, uidMap: ranges, gidMap: ranges};
    assert.equal(await shell('id -u; cat /data/file', options), '0\ncontent');
  });
});

const tmp = {type: 'tmpfs', destination: '/tmp'} as const;

describe('root: {overlay}', () => {
  test('changes go to a tmpfs, and are gone afterwards', async () => {
    const root = makeRoot();
    const options = {root: {overlay: [root]}, mounts: boundPrograms};
    assert.equal(await shell('echo new >/data/file; cat /data/file', options), 'new');
    assert.equal(await shell('cat /data/file', options), 'content');
    assert.deepEqual(readdirSync(path.join(root, 'data')), ['file']);
  });

  test('destinations are made in it, and not in the directory', async () => {
    const root = makeRoot();
    const mounts = [...boundPrograms, {type: 'tmpfs', destination: '/a/b'}] as const;
    assert.equal(await shell('ls /a', {root: {overlay: [root]}, mounts}), 'b');
    assert.ok(!readdirSync(root).includes('a'));
  });

  test('changes go to `upper`, which is used by one overlay at a time', async () => {
    const root = makeRoot();
    const [upper, work] = ['upper', 'work'].map(name => path.join(directory, name)) as [string, string];
    mkdirSync(upper);
    mkdirSync(work);
    const options = {root: {overlay: [root], upper, work}, mounts: boundPrograms};
    await using sandbox = await createSandbox(options);
    assert.equal((await sandbox.run('sh', ['-c', 'echo new >/data/new; cat /data/file'])).stdout, 'content\n');
    assert.equal(readFileSync(path.join(upper, 'data', 'new'), 'utf8'), 'new\n');
    await assert.rejects(shell('true', options), {code: 'EBUSY', step: 'root', path: upper, syscall: 'flock'});
    await sandbox.close();
    assert.equal(await shell('cat /data/new', options), 'new');
  });

  test('strange characters in all paths', async () => {
    const strange = path.join(directory, 'a,b:c\\d\n"e\' =%\t');
    mkdirSync(path.join(strange, 'upper'), {recursive: true});
    mkdirSync(path.join(strange, 'work'));
    mkdirSync(path.join(strange, 'lower:1'));
    mkdirSync(path.join(strange, 'lower,2'));
    writeFileSync(path.join(strange, 'lower:1', 'one'), '1');
    writeFileSync(path.join(strange, 'lower,2', 'two'), '2');
    const overlay = [path.join(strange, 'lower:1'), path.join(strange, 'lower,2')];
    const root = {overlay, upper: path.join(strange, 'upper'), work: path.join(strange, 'work')};
    assert.equal(await shell('cat /one /two; echo 3 >/three', {root, mounts: boundPrograms}), '12');
    assert.equal(readFileSync(path.join(strange, 'upper', 'three'), 'utf8'), '3\n');
  });

  test('the paths outside are not visible inside', async () => {
    const root = makeRoot();
    const table = JSON.stringify(await mountsInside({root: {overlay: [root]}, mounts: boundPrograms}));
    assert.ok(!table.includes(directory));
  });
});

describe('a root in all functions', () => {
  test('a sandbox and its commands', async () => {
    await using sandbox = await createSandbox(inEmptyRoot(tmp));
    await sandbox.run('sh', ['-c', 'echo text >/tmp/file']);
    assert.equal((await sandbox.run('cat', ['/tmp/file'])).stdout, 'text\n');
    assert.equal((await sandbox.run('pwd')).stdout, '/\n');
    await assert.rejects(createSandbox({root: {bind: '/missing'}}), {code: 'ENOENT', step: 'root', path: '/missing'});
  });

  test('forkInNamespace', async () => {
    const module = path.join(directory, 'module.mjs');
    writeFileSync(module, "import {existsSync} from 'node:fs'; process.send(existsSync('/etc/passwd'));");
    const child = forkInNamespace(module, [], {root: 'readonly', mounts: [{type: 'mask', destination: '/etc'}]});
    const [seen] = await new Promise<unknown[]>(resolve => child.on('message', (...all) => resolve(all)));
    assert.equal(seen, false);
  });

  test('a pseudo-terminal in an empty root', async () => {
    const options = inEmptyRoot({type: 'dev', destination: '/dev'});
    const child = spawnInNamespace('tty', [], {...options, pty: true});
    let seen = '';
    child.pty.on('data', data => {
      seen += data;
    });
    await once(child, 'close');
    assert.equal(seen.trim(), '/dev/pts/0');
  });

  test('leave nothing, whether they succeed or fail', async () => {
    const root = makeRoot();
    const before = mountTable();
    await leavesNothing(async () => {
      for (const options of [inEmptyRoot(tmp), {root: {overlay: [root]}, mounts: boundPrograms}]) {
        await shell('true', options);
        await shell('true', {...options, init: false});
        const mounts = [...options.mounts, {type: 'bind', source: '/missing', destination: '/x'} as const];
        await assert.rejects(shell('true', {...options, mounts}), {code: 'ENOENT'});
        await assert.rejects(
          shell('true', {
            ...options,
            mounts: [...options.mounts, {...tmp, size: '1%', destination: `/${'n'.repeat(256)}`}],
          }),
        );
      }
    });
    assert.equal(mountTable(), before);
  });
});

describe('bad arguments', () => {
  const wrong: [unknown, string][] = [
    ['readOnly', 'ERR_INVALID_ARG_VALUE'],
    [1, 'ERR_INVALID_ARG_TYPE'],
    [[], 'ERR_INVALID_ARG_TYPE'],
    [{}, 'ERR_INVALID_ARG_TYPE'],
    [{bind: ''}, 'ERR_INVALID_ARG_VALUE'],
    [{bind: 'a\0b'}, 'ERR_INVALID_ARG_VALUE'],
    [{bind: '/', readonly: true}, 'ERR_INVALID_ARG_VALUE'],
    [{bind: '/', readOnly: 1}, 'ERR_INVALID_ARG_TYPE'],
    [{overlay: []}, 'ERR_OUT_OF_RANGE'],
    [{overlay: '/'}, 'ERR_INVALID_ARG_TYPE'],
    [{overlay: ['/'], upper: '/a'}, 'ERR_INVALID_ARG_VALUE'],
  ];
  for (const [root, code] of wrong) {
    test(JSON.stringify(root), async () => {
      await assert.rejects(async () => runInNamespace('true', [], {root: root as RootOption}), {code});
    });
  }

  test('with a mount namespace of others, or mounts that propagate', async () => {
    const root = 'readonly';
    const code = 'ERR_INVALID_ARG_VALUE';
    await assert.rejects(async () => shell('', {root, namespaces: {mnt: 'inherit'}}), {code});
    await assert.rejects(async () => shell('', {root, namespaces: {mnt: process.pid, user: process.pid}}), {code});
    await assert.rejects(async () => shell('', {root, namespaces: ['mnt'], propagation: 'slave'}), {code});
  });
});
