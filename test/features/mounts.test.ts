// The option `mounts`: each type and attribute, destinations, and errors.
import assert from 'node:assert/strict';
import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {beforeEach, describe, test} from 'node:test';
import {createNamespaces, type Mount, type NamespaceError, runInNamespace, type SpawnOptions} from 'namespawn';
import {isRoot, needsRoot, needsUser} from '../helpers/requirements.js';
import {inEmptyRoot, mountAt, mountsInside} from '../helpers/root.js';
import {shell} from '../helpers/shell.js';
import {temporaryDirectory} from '../helpers/temporary.js';

const base = temporaryDirectory();
let directory: string;
let count = 0;

beforeEach(() => {
  directory = path.join(base, String(count++));
  mkdirSync(path.join(directory, 'folder', 'deep'), {recursive: true});
  writeFileSync(path.join(directory, 'folder', 'file'), 'content\n');
});

const folder = (): string => path.join(directory, 'folder');
const readOnlyError = {stderr: /Read-only file system/};

describe('bind', () => {
  test('a directory, whose destination is made', async () => {
    const options = inEmptyRoot({type: 'bind', source: folder(), destination: '/a/b/c'});
    assert.equal(await shell('cat /a/b/c/file; echo new >/a/b/c/new', options), 'content');
    assert.equal(readFileSync(path.join(folder(), 'new'), 'utf8'), 'new\n');
  });

  test('a file', async () => {
    const options = inEmptyRoot({
      type: 'bind',
      source: path.join(folder(), 'file'),
      destination: '/a/f',
      readOnly: true,
    });
    assert.equal(await shell('cat /a/f', options), 'content');
    await assert.rejects(shell('echo x >/a/f', options), readOnlyError);
  });

  test('a descriptor of a directory, and of a file', async () => {
    for (const [name, script] of [
      ['', 'cat /x/file'],
      ['file', 'cat /x'],
    ] as const) {
      const fd = openSync(path.join(folder(), name), 'r');
      try {
        assert.equal(await shell(script, inEmptyRoot({type: 'bind', source: fd, destination: '/x'})), 'content');
        const handles = await createNamespaces(['mnt'], {
          mounts: [{type: 'bind', source: fd, destination: path.join(folder(), name)}],
        });
        for (const handle of Object.values(handles)) handle.close();
      } finally {
        closeSync(fd);
      }
    }
  });

  test('a relative path, and a symbolic link', async () => {
    symlinkSync('folder', path.join(directory, 'link'));
    const source = path.relative(process.cwd(), path.join(directory, 'link'));
    assert.equal(await shell('cat /x/file', inEmptyRoot({type: 'bind', source, destination: '/x'})), 'content');
  });

  test('all sources are opened before anything is mounted', async () => {
    const mounts: Mount[] = [
      {type: 'tmpfs', destination: path.dirname(base)},
      {type: 'bind', source: folder(), destination: folder()},
    ];
    assert.equal(
      await shell(`cat ${folder()}/file; ls ${path.dirname(base)}`, {mounts}),
      `content\n${path.basename(base)}`,
    );
  });

  test('read-only with all mounts below it', async () => {
    const mounts: Mount[] = [{type: 'bind', source: '/', destination: '/host', readOnly: true}];
    const seen = (await mountsInside(inEmptyRoot(...mounts))).filter(({point}) => point.startsWith('/host'));
    assert.ok(seen.length > 1);
    assert.ok(seen.every(({options}) => options.includes('ro')));
  });

  test('without the mounts below it', async () => {
    const options = inEmptyRoot({type: 'bind', source: '/', destination: '/host', recursive: false});
    if (isRoot) assert.equal(await shell('ls /host/proc', options), '');
    // In a user namespace the kernel refuses it.
    else {
      await assert.rejects(shell('true', options), (error: NamespaceError) => {
        assert.equal(error.code, 'EINVAL');
        assert.match(error.hint!, /leave out `recursive: false`/);
        return true;
      });
    }
  });

  test('attributes', async () => {
    const mount: Mount = {type: 'bind', source: folder(), destination: '/x', nosuid: true, nodev: true, noexec: true};
    const {options = []} = (await mountAt('/x', inEmptyRoot(mount))) ?? {};
    for (const one of ['nosuid', 'nodev', 'noexec', 'rw']) assert.ok(options.includes(one), one);
  });
});

describe('file systems', () => {
  test('tmpfs with a size, a number of files and a mode', async () => {
    const options = inEmptyRoot({type: 'tmpfs', destination: '/t', size: '1m', inodes: 10, mode: 0o750});
    const script = 'stat -c %a /t; stat -f -c "%b %s %c" /t';
    assert.equal(await shell(script, options), '750\n256 4096 10');
    await assert.rejects(shell('head -c 2000000 /dev/zero >/t/file', inEmptyRoot(...options.mounts, dev)), {
      stderr: /No space left/,
    });
    assert.equal(await shell('stat -c %a /t', inEmptyRoot({type: 'tmpfs', destination: '/t'})), '1777');
  });

  test('a read-only tmpfs may have content', async () => {
    const options = inEmptyRoot(
      {type: 'tmpfs', destination: '/t', readOnly: true},
      {type: 'file', destination: '/t/file', content: 'text'},
    );
    assert.equal(await shell('cat /t/file', options), 'text');
    await assert.rejects(shell('mkdir /t/x', options), readOnlyError);
  });

  test('dev', async () => {
    const options = inEmptyRoot(dev);
    const seen = await shell('ls /dev; readlink /dev/fd /dev/stdin /dev/ptmx; stat -c %a /dev/shm', options);
    const names = 'core fd full null ptmx pts random shm stderr stdin stdout tty urandom zero'.split(' ');
    assert.equal(seen, [...names, '/proc/self/fd', '/proc/self/fd/0', 'pts/ptmx', '1777'].join('\n'));
    assert.equal(
      await shell('echo x >/dev/null; head -c 3 /dev/zero | od -An -c; echo y >/dev/shm/f', options),
      '  \\0  \\0  \\0',
    );
    assert.equal(await shell('echo text | cat /dev/stdin; head -c 8 /dev/urandom | wc -c', options), 'text\n8');
    const small = inEmptyRoot({type: 'dev', destination: '/dev', pts: false, shm: false});
    assert.doesNotMatch(await shell('ls /dev', small), /pt|shm/);
  });

  test('proc with fewer processes, and processes only', async () => {
    const proc: Mount = {type: 'proc', destination: '/proc', subset: 'pid', hidepid: 'invisible'};
    const {superOptions = []} = (await mountAt('/proc', inEmptyRoot(proc))) ?? {};
    assert.deepEqual(
      superOptions.filter(option => /=/.test(option)),
      ['hidepid=invisible', 'subset=pid'],
    );
    await assert.rejects(shell('cat /proc/cpuinfo', inEmptyRoot(proc)), {stderr: /No such file/});
  });

  test('mqueue, sysfs, cgroup2 and devpts with their namespaces', async () => {
    const namespaces = ['pid', 'mnt', 'ipc', 'net', 'cgroup'] as const;
    const mounts: Mount[] = [
      {type: 'sysfs', destination: '/sys'},
      {type: 'cgroup2', destination: '/sys/fs/cgroup'},
      {type: 'devpts', destination: '/dev/pts'},
      {type: 'mqueue', destination: '/dev/mqueue'},
    ];
    const options: SpawnOptions = {...inEmptyRoot(...mounts), namespaces};
    for (const {type, destination} of mounts) assert.equal((await mountAt(destination, options))?.type, type);
    assert.equal(await shell('ls /sys/class/net', options), 'lo');
  });

  test('a file system of a namespace that is not owned', {skip: needsUser()}, async () => {
    for (const type of ['mqueue', 'sysfs', 'cgroup2'] as const) {
      const mount: Mount = {type, destination: '/x'};
      await assert.rejects(shell('true', inEmptyRoot(mount)), (error: NamespaceError) => {
        assert.equal(error.code, 'EPERM');
        assert.match(error.hint!, /add it to the namespaces/);
        return true;
      });
      assert.doesNotMatch(await shell('ls /', inEmptyRoot({...mount, optional: true})), /x/);
    }
  });

  test('overlay: changes go to a tmpfs, or to `upper`', async () => {
    const [upper, work] = ['upper', 'work'].map(name => path.join(directory, name)) as [string, string];
    mkdirSync(upper);
    mkdirSync(work);
    const mount: Mount = {type: 'overlay', destination: '/o', lower: [folder()]};
    assert.equal(await shell('echo x >/o/file; rm -r /o/deep; ls /o', inEmptyRoot(mount)), 'file');
    assert.deepEqual(readdirSync(folder()), ['deep', 'file']);
    assert.equal(await shell('echo x >/o/new; ls /o', inEmptyRoot({...mount, upper, work})), 'deep\nfile\nnew');
    assert.deepEqual(readdirSync(upper), ['new']);
  });

  test('overlay: one `upper` twice, and a read-only one', async () => {
    const [upper, work, other] = ['upper', 'work', 'other'].map(name => path.join(directory, name)) as [
      string,
      string,
      string,
    ];
    for (const one of [upper, work, other]) mkdirSync(one);
    const overlay = (destination: string, workDirectory: string): Mount => ({
      type: 'overlay',
      destination,
      lower: [folder()],
      upper,
      work: workDirectory,
    });
    await assert.rejects(
      shell('true', inEmptyRoot(overlay('/a', work), overlay('/b', other))),
      (error: NamespaceError) => {
        assert.deepEqual([error.code, error.step, error.path], ['EBUSY', 'mounts', upper]);
        assert.match(error.hint!, /another overlay uses this directory/);
        return true;
      },
    );
    const readOnly: Mount = {type: 'overlay', destination: '/o', lower: [folder()], readOnly: true};
    await assert.rejects(shell('echo x >/o/new', inEmptyRoot(readOnly)), readOnlyError);
  });

  test('overlay: a lower directory with mounts below it', async () => {
    const mount: Mount = {type: 'overlay', destination: '/o', lower: ['/']};
    if (isRoot) assert.match(await shell('ls /o', inEmptyRoot(mount)), /^etc$/m);
    else {
      await assert.rejects(shell('true', inEmptyRoot(mount)), (error: NamespaceError) => {
        assert.equal(error.code, 'EINVAL');
        assert.match(error.hint!, /must have no mounts below it/);
        return true;
      });
    }
  });
});

const dev: Mount = {type: 'dev', destination: '/dev'};

describe('what is made', () => {
  test('file: its content, mode and attributes', async () => {
    const content = Buffer.from([0, 1, 10, 255, 0, 0]);
    const options = inEmptyRoot(
      {type: 'file', destination: '/a/binary', content, mode: 0o640},
      {type: 'file', destination: '/a/ro', content: 'ä\n', readOnly: true},
      {type: 'file', destination: '/a/empty', content: ''},
    );
    assert.equal(
      await shell("od -An -tu1 /a/binary; stat -c '%a %s' /a/*; cat /a/ro", options),
      '   0   1  10 255   0   0\n640 6\n644 0\n644 3\nä',
    );
    await assert.rejects(shell('echo x >/a/ro', options), readOnlyError);
    assert.equal(await shell('echo x >/a/empty; cat /a/empty', options), 'x');
  });

  test('file: over one of the host, which stays as it is', async () => {
    const file = path.join(folder(), 'file');
    const mounts: Mount[] = [{type: 'file', destination: file, content: 'other'}];
    assert.equal(await shell(`cat ${file}; echo x >${file}`, {mounts}), 'other');
    assert.equal(readFileSync(file, 'utf8'), 'content\n');
  });

  test('file: large ones', async () => {
    const content = Buffer.alloc(300_000, 'abc');
    assert.equal(await shell('wc -c </large', inEmptyRoot({type: 'file', destination: '/large', content})), '300000');
  });

  test('directory and symlink, also where they exist already', async () => {
    const entries: Mount[] = [
      {type: 'directory', destination: '/d/e', mode: 0o700},
      {type: 'symlink', destination: '/d/link', target: 'e'},
    ];
    assert.equal(
      await shell('stat -c %a /d /d/e; readlink /d/link', inEmptyRoot(...entries, ...entries)),
      '755\n700\ne',
    );
    const others: Mount[] = [
      {type: 'symlink', destination: '/d/link', target: 'other'},
      {type: 'directory', destination: '/f'},
    ];
    const exists = {code: 'EEXIST', step: 'mounts'};
    await assert.rejects(shell('true', inEmptyRoot(...entries, others[0]!)), exists);
    await assert.rejects(
      shell('true', inEmptyRoot({type: 'file', destination: '/f', content: ''}, others[1]!)),
      exists,
    );
  });

  test('mask: a directory and a file of the host', async () => {
    const file = path.join(folder(), 'file');
    const mounts: Mount[] = [
      {type: 'mask', destination: file},
      {type: 'mask', destination: path.join(folder(), 'deep')},
    ];
    assert.equal(await shell(`cat ${file}; ls -A ${folder()}/deep`, {mounts}), '');
    await assert.rejects(shell(`mkdir ${folder()}/deep/x`, {mounts}), readOnlyError);
    const missing: Mount = {type: 'mask', destination: `${folder()}/missing`};
    await assert.rejects(shell('true', {mounts: [missing]}), {
      code: 'ENOENT',
      step: 'mounts',
      index: 0,
      path: missing.destination,
    });
    await shell('true', {mounts: [{...missing, optional: true}]});
  });
});

describe('destinations', () => {
  test('nothing is made on the host', async () => {
    for (const root of ['host', 'readonly'] as const) {
      for (const mount of [
        {type: 'tmpfs'},
        {type: 'file', content: ''},
        {type: 'directory'},
        {type: 'symlink', target: 'x'},
        {type: 'bind', source: '/etc/passwd'},
      ] as const) {
        const destination = path.join(folder(), 'new', 'entry');
        await assert.rejects(shell('true', {root, mounts: [{...mount, destination}]}), {
          code: 'EROFS',
          step: 'mounts',
          index: 0,
          path: destination,
        });
      }
    }
    assert.deepEqual(readdirSync(folder()), ['deep', 'file']);
  });

  test('symbolic links are not followed, wherever they are', async () => {
    symlinkSync('deep', path.join(folder(), 'link'));
    symlinkSync('missing', path.join(folder(), 'dangling'));
    mkdirSync(path.join(folder(), 'deep', 'er'));
    for (const name of ['link', 'link/er', 'dangling']) {
      const destination = path.join(folder(), name);
      await assert.rejects(shell('true', {mounts: [{type: 'tmpfs', destination}]}), (error: NamespaceError) => {
        assert.deepEqual([error.code, error.path, error.index], ['ELOOP', destination, 0]);
        assert.match(error.hint!, /links are not followed/);
        return true;
      });
    }
  });

  test('a directory on a file, and a file on a directory', async () => {
    for (const [source, destination] of [
      ['', 'file'],
      ['file', 'deep'],
    ] as const) {
      const mounts: Mount[] = [
        {type: 'bind', source: path.join(folder(), source), destination: path.join(folder(), destination)},
      ];
      await assert.rejects(shell('true', {mounts}), {code: 'ENOTDIR', step: 'mounts', index: 0});
    }
  });

  test('a later entry covers an earlier one', async () => {
    const mounts: Mount[] = [
      {type: 'file', destination: '/x/file', content: '1'},
      {type: 'tmpfs', destination: '/x'},
      {type: 'file', destination: '/x/other', content: '2'},
    ];
    assert.equal(await shell('ls /x', inEmptyRoot(...mounts)), 'other');
  });

  test('a covered working directory is not a way out', async () => {
    const directory = folder();
    const inner = path.join(directory, 'inner');
    mkdirSync(inner);
    const before = process.cwd();
    process.chdir(inner);
    const mounts: Mount[] = [{type: 'tmpfs', destination: directory}];
    try {
      assert.equal(await shell('pwd -P; ls -A .', {mounts}), await shell('echo /; ls -A /', {cwd: '/'}));
    } finally {
      process.chdir(before);
    }
  });

  test('a mount namespace is added, and the host keeps its mounts', async () => {
    const before = readFileSync('/proc/self/mountinfo', 'utf8');
    const mounts: Mount[] = [{type: 'tmpfs', destination: folder()}];
    for (const namespaces of [['pid'], [], ['uts'], {pid: 'new', mnt: 'new'}] as const) {
      if (!isRoot && !Array.isArray(namespaces)) continue;
      assert.equal(await shell(`ls -A ${folder()}`, {namespaces, mounts}), '');
    }
    assert.equal(readFileSync('/proc/self/mountinfo', 'utf8'), before);
  });

  test('mounts on /proc, which is new', async () => {
    const mounts: Mount[] = [{type: 'mask', destination: '/proc/version'}];
    for (const init of [true, false]) assert.equal(await shell('cat /proc/version', {mounts, init}), '');
    assert.equal(await shell('cat /proc/version', inEmptyRoot(...mounts)), '');
  });
});

describe('errors', () => {
  test('a missing source', async () => {
    const source = path.join(directory, 'missing');
    const mounts: Mount[] = [
      {type: 'tmpfs', destination: '/a'},
      {type: 'bind', source, destination: '/b'},
    ];
    await assert.rejects(shell('true', inEmptyRoot(...mounts)), (error: NamespaceError) => {
      const index = inEmptyRoot().mounts.length + 1;
      assert.deepEqual([error.code, error.step, error.index, error.path], ['ENOENT', 'mounts', index, source]);
      assert.match(error.hint!, /optional: true/);
      return true;
    });
    assert.equal(
      await shell(
        'ls -d /a /b 2>/dev/null || true',
        inEmptyRoot(dev, mounts[0]!, {...mounts[1]!, optional: true} as Mount),
      ),
      '/a',
    );
  });

  test('descriptors: closed, without a path, removed, replaced', async () => {
    const file = path.join(folder(), 'file');
    const fd = openSync(file, 'r');
    const options = inEmptyRoot({type: 'bind', source: fd, destination: '/x'});
    const index = options.mounts.length - 1;
    try {
      linkSync(file, `${file}2`);
      rmSync(file);
      await assert.rejects(shell('true', options), {code: 'ENOENT', step: 'mounts', index, path: `/dev/fd/${fd}`});
      writeFileSync(`${file} (deleted)`, 'another file');
      await assert.rejects(shell('true', options), {code: 'ESTALE', step: 'mounts', index});
    } finally {
      closeSync(fd);
    }
    await assert.rejects(shell('true', options), {code: 'EBADF', step: 'mounts', index});
  });

  test('more devices than the file system may have', async () => {
    const mounts: Mount[] = [
      {type: 'tmpfs', destination: '/t', inodes: 2},
      {type: 'directory', destination: '/t/a/b/c'},
    ];
    await assert.rejects(shell('true', inEmptyRoot(...mounts)), (error: NamespaceError) => {
      assert.deepEqual([error.code, error.step, error.path], ['ENOSPC', 'mounts', '/t/a/b/c']);
      assert.match(error.hint!, /raise `size` or `inodes`/);
      return true;
    });
  });

  test('hundreds of mounts', async () => {
    const mounts = Array.from(
      {length: 400},
      (_, index): Mount => ({type: 'bind', source: folder(), destination: `/m/${index}`}),
    );
    assert.equal(await shell('ls /m | wc -l; cat /m/399/file', inEmptyRoot(...mounts)), '400\ncontent');
  });
});

describe('ids', () => {
  test('sources that only the caller may reach, with other ids inside', {skip: needsRoot()}, async () => {
    const ranges = [{containerId: 0, hostId: 100_000, size: 1000}];
    const source = folder();
    const options = {...inEmptyRoot({type: 'bind', source, destination: '/x'}), uidMap: ranges, gidMap: ranges};
    assert.equal(await shell('cat /x/file; id -u', options), 'content\n0');
  });

  test('root of a user namespace', async () => {
    const options = {...inEmptyRoot(dev), uidMap: 'root'} as const;
    assert.equal(await shell('id -u; mount -t tmpfs none /dev/shm && echo mounted', options), '0\nmounted');
  });
});

describe('bad arguments', () => {
  const value = 'ERR_INVALID_ARG_VALUE';
  const type = 'ERR_INVALID_ARG_TYPE';
  const range = 'ERR_OUT_OF_RANGE';
  const destination = '/x';
  const wrong: [unknown, string][] = [
    ['/tmp', type],
    [[null], type],
    [[{type: 'tmp', destination}], value],
    [[{type: 'tmpfs'}], type],
    [[{type: 'tmpfs', destination: 'x'}], value],
    [[{type: 'tmpfs', destination: '/a/../b'}], value],
    [[{type: 'tmpfs', destination: '//.'}], value],
    [[{type: 'tmpfs', destination: '/a\0b'}], value],
    [[{type: 'tmpfs', destination: `/${'a'.repeat(4095)}`}], range],
    [[{type: 'tmpfs', destination, size: 0}], range],
    [[{type: 'tmpfs', destination, size: '1x'}], value],
    [[{type: 'tmpfs', destination, inodes: -1}], range],
    [[{type: 'tmpfs', destination, mode: 0o10000}], range],
    [[{type: 'tmpfs', destination, readonly: true}], value],
    [[{type: 'tmpfs', destination, readOnly: 1}], type],
    [[{type: 'bind', destination}], type],
    [[{type: 'bind', source: -1, destination}], range],
    [[{type: 'bind', source: '', destination}], value],
    [[{type: 'overlay', destination}], type],
    [[{type: 'overlay', destination, lower: [], work: '/'}], range],
    [[{type: 'overlay', destination, lower: ['/'], work: '/'}], value],
    [[{type: 'proc', destination, hidepid: 2}], value],
    [[{type: 'proc', destination, subset: 'all'}], value],
    [[{type: 'file', destination}], type],
    [[{type: 'file', destination, content: 1}], type],
    [[{type: 'symlink', destination, target: ''}], value],
    [[{type: 'directory', destination, readOnly: true}], value],
    [Array.from({length: 501}, () => ({type: 'mask', destination})), range],
  ];
  for (const [mounts, code] of wrong) {
    test(JSON.stringify(mounts).slice(0, 80), async () => {
      await assert.rejects(async () => runInNamespace('true', [], {mounts: mounts as Mount[]}), {code});
    });
  }
});
