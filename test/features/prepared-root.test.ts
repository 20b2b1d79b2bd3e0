// prepareRoot: a root that is made once, for many commands and sandboxes.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {chmodSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {after, before, beforeEach, describe, test} from 'node:test';
import {
  createSandbox,
  forkInNamespace,
  type Mount,
  type NamespaceError,
  PreparedRoot,
  prepareRoot,
  runInNamespace,
  type SpawnOptions,
  spawnInNamespace,
} from 'namespawn';
import {leavesNothing} from '../helpers/leaks.js';
import {testProgram} from '../helpers/programs.js';
import {isRoot, needsUser} from '../helpers/requirements.js';
import {mountsInside, programs} from '../helpers/root.js';
import {shell} from '../helpers/shell.js';
import {temporaryDirectory} from '../helpers/temporary.js';

const base = temporaryDirectory();
// Other ids inside have to reach it.
chmodSync(base, 0o755);
let directory: string;
let count = 0;
beforeEach(() => {
  directory = path.join(base, String(count++));
  mkdirSync(directory);
});

const entries: readonly Mount[] = [
  ...programs(),
  {type: 'directory', destination: '/work'},
  {type: 'file', destination: '/etc/shared', content: 'shared\n', readOnly: true},
  {type: 'file', destination: '/etc/own', content: 'own\n', mode: 0o666},
  {type: 'dev', destination: '/dev'},
  {type: 'tmpfs', destination: '/tmp'},
  {type: 'directory', destination: '/tmp/below'},
  {type: 'file', destination: '/tmp/below/file', content: 'below\n', mode: 0o666},
];

// Both ways to the same root: without an init of its own a command gets it anew.
const ways: Readonly<Record<string, SpawnOptions>> = {namespace: {}, anew: {init: false}};
const mountTable = (): string => readFileSync('/proc/self/mountinfo', 'utf8');

describe('a root that was prepared', () => {
  let prepared: PreparedRoot;
  before(async () => {
    prepared = await prepareRoot({root: 'empty', mounts: entries});
  });
  after(() => {
    prepared.close();
  });

  test('says in which way commands get it', async () => {
    assert.equal(prepared.way, 'namespace');
    assert.equal(prepared.closed, false);
    for (const root of ['host', 'readonly', {overlay: [directory]}] as const) {
      await using other = await prepareRoot({root});
      assert.equal(other.way, 'anew');
    }
    await using overlaid = await prepareRoot({
      root: 'empty',
      mounts: [{type: 'overlay', destination: '/o', lower: [directory]}],
    });
    assert.equal(overlaid.way, 'anew');
  });

  test('is the same in both ways', async () => {
    const walk =
      'find / -xdev -not -path "/usr/*" -printf "%p %y %m %s %l\\n" | sort; find /dev /tmp /etc -printf "%p %y %m %l\\n" | sort; id; cat /etc/* /tmp/below/file';
    const seen = await Promise.all(
      Object.values(ways).map(async options => {
        const mounts = await mountsInside({root: prepared, ...options});
        // A template has a /proc below that of the command.
        const top = new Map(mounts.map(mount => [mount.point, mount]));
        return {
          tree: await shell(walk, {root: prepared, ...options}),
          mounts: [...top.values()].map(({point, type, options: flags}) => ({point, type, flags})).sort(byPoint),
        };
      }),
    );
    assert.deepEqual(seen[0], seen[1]);
  });

  for (const [way, options] of Object.entries(ways)) {
    describe(way, () => {
      const at = {root: () => prepared};
      const inside = (command: string, more: SpawnOptions = {}): Promise<string> =>
        shell(command, {root: at.root(), ...options, ...more});

      test('writes of one command are not seen by the next', async () => {
        const write = 'echo x >/tmp/file && echo x >/dev/shm/file && echo x >/etc/own && echo x >/tmp/below/file';
        assert.equal(await inside(`${write} && cat /etc/own /tmp/below/file`), 'x\nx');
        assert.equal(
          await inside('ls -A /tmp /dev/shm; cat /etc/own /tmp/below/file'),
          '/dev/shm:\n\n/tmp:\nbelow\nown\nbelow',
        );
      });

      test('nothing that is shared can be changed', async () => {
        for (const file of ['/file', '/work/file', '/dev/file', '/etc/file', '/etc/shared', '/usr/file']) {
          await assert.rejects(inside(`echo x >${file}`), {stderr: /Read-only file system/}, file);
        }
        assert.equal(await inside('ls /work; cat /etc/shared'), 'shared');
      });

      test('each command sees its own processes', async () => {
        const pids = await inside('cd /proc && echo [0-9]* && readlink self');
        assert.match(pids, options.init === false ? /^1\n2$/ : /^1 2\n3$/);
      });

      test('entries of the command are mounted on top', async () => {
        writeFileSync(path.join(directory, 'file'), 'mine\n');
        const mounts: Mount[] = [
          {type: 'bind', source: directory, destination: '/work'},
          {type: 'file', destination: '/etc/shared', content: 'other\n'},
          {type: 'mask', destination: '/usr/bin'},
          {type: 'file', destination: '/tmp/new/file', content: 'new\n'},
        ];
        const seen = await runInNamespace('/bin/sh', ['-c', 'echo x >/work/out; read a </work/file; echo $a'], {
          root: prepared,
          ...options,
          mounts: mounts.filter(({type}) => type !== 'mask'),
        });
        assert.equal(seen.stdout, 'mine\n');
        assert.deepEqual(readdirSync(directory), ['file', 'out']);
        assert.equal(await inside('cat /etc/shared /tmp/new/file', {mounts: [mounts[1]!, mounts[3]!]}), 'other\nnew');
        assert.equal(await inside('cat /etc/shared; ls /work'), 'shared');
        await assert.rejects(inside('ls', {mounts: [mounts[2]!]}), {code: 'ENOENT'});
      });

      test('what is missing is not made in it', async () => {
        const mounts: Mount[] = [
          {type: 'tmpfs', destination: '/work'},
          {type: 'tmpfs', destination: '/none'},
        ];
        await assert.rejects(inside('true', {mounts}), (error: Error) => {
          const {code, step, index, path: where, hint} = error.cause as NamespaceError;
          assert.deepEqual({code, step, index, where}, {code: 'EROFS', step: 'mounts', index: 1, where: '/none'});
          assert.match(hint!, /prepared root/);
          return true;
        });
        assert.equal(await inside('ls -d /none || true'), '');
      });

      test('the directory of the caller is the default where it exists', async () => {
        const here = realpathSync('.');
        assert.equal(await inside('pwd'), '/');
        await using with_ = await prepareRoot({
          root: 'empty',
          mounts: [...entries, {type: 'directory', destination: here}],
        });
        assert.equal(await shell('pwd', {root: with_, ...options}), here);
      });

      test('a source of the command that is missing is an error of its entry', async () => {
        const mounts: Mount[] = [{type: 'bind', source: path.join(directory, 'none'), destination: '/work'}];
        await assert.rejects(inside('true', {mounts}), (error: Error) => {
          const {code, step, index} = error.cause as NamespaceError;
          assert.deepEqual({code, step, index}, {code: 'ENOENT', step: 'mounts', index: 0});
          return true;
        });
      });
    });
  }

  test('50 commands at once do not see each other, and nothing is left', async () => {
    const before = mountTable();
    const one = async (number: number): Promise<void> => {
      const {stdout} = await runInNamespace('sh', ['-c', `echo ${number} >/tmp/$$ && cat /tmp/[0-9]* && ls /dev/shm`], {
        root: prepared,
      });
      assert.equal(stdout, `${number}\n`);
    };
    await leavesNothing(() => Promise.all(Array.from({length: 50}, (_, number) => one(number))));
    assert.equal(mountTable(), before);
  });

  test('a sandbox keeps its own file system, beside others and after close()', async () => {
    const root = await prepareRoot({root: 'empty', mounts: entries});
    await using first = await createSandbox({root});
    await using second = await createSandbox({root});
    const starting = runInNamespace('cat', ['/etc/shared'], {root});
    root.close();
    root.close();
    assert.equal(root.closed, true);
    assert.equal((await starting).stdout, 'shared\n');
    await first.run('sh', ['-c', 'echo first >/tmp/file']);
    assert.equal((await first.run('cat', ['/tmp/file', '/etc/shared'])).stdout, 'first\nshared\n');
    assert.equal((await second.run('ls', ['/tmp'])).stdout, 'below\n');
    await assert.rejects(createSandbox({root}), {code: 'ERR_INVALID_STATE'});
    assert.throws(() => spawnInNamespace('true', {root}), {code: 'ERR_INVALID_STATE'});
  });

  test('spawn and fork take it', async () => {
    const child = spawnInNamespace('cat', ['/etc/shared'], {root: prepared});
    child.stdout.setEncoding('utf8');
    let text = '';
    child.stdout.on('data', (chunk: string) => {
      text += chunk;
    });
    assert.deepEqual(await once(child, 'close'), [0, null]);
    assert.equal(text, 'shared\n');
    const script = path.join(directory, 'script.cjs');
    writeFileSync(script, "process.send(require('fs').readFileSync('/etc/shared', 'utf8'))");
    const mounts: Mount[] = [
      {type: 'bind', source: path.dirname(process.execPath), destination: '/work', readOnly: true},
      {type: 'bind', source: script, destination: '/etc/own', readOnly: true},
    ];
    const forked = forkInNamespace('/etc/own', [], {
      root: prepared,
      mounts,
      execPath: `/work/${path.basename(process.execPath)}`,
    });
    const [message] = await once(forked, 'message');
    assert.equal(message, 'shared\n');
    await once(forked, 'close');
  });

  test('leaves nothing when it is closed', async () => {
    const before = mountTable();
    await leavesNothing(async () => {
      for (const root of ['empty', 'readonly', {bind: '/'}, {overlay: [directory]}] as const) {
        await using made = await prepareRoot({root});
        assert.ok(made instanceof PreparedRoot);
      }
    });
    assert.equal(mountTable(), before);
  });
});

const byPoint = ({point: one}: {point: string}, {point: other}: {point: string}): number => (one < other ? -1 : 1);

describe('other roots', () => {
  test('a folder is shared, and each command has its own /tmp', async () => {
    const root = path.join(directory, 'root');
    for (const name of ['usr', 'bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32', 'proc', 'tmp'])
      mkdirSync(path.join(root, name), {recursive: true});
    const mounts = programs().map(mount =>
      mount.type === 'symlink'
        ? {type: 'bind' as const, source: mount.destination, destination: mount.destination, readOnly: true}
        : mount,
    );
    await using prepared = await prepareRoot({
      root: {bind: root},
      mounts: [...mounts, {type: 'tmpfs', destination: '/tmp'}],
    });
    assert.equal(prepared.way, 'namespace');
    for (const options of Object.values(ways)) {
      assert.equal(await shell('echo x >/tmp/file; ls /tmp', {root: prepared, ...options}), 'file');
      assert.equal(await shell('ls -A /tmp; echo $$ >>/written', {root: prepared, ...options}), '');
    }
    assert.equal(readFileSync(path.join(root, 'written'), 'utf8').split('\n').length, 3);
    assert.deepEqual(readdirSync(path.join(root, 'tmp')), []);
  });

  test('changes of an overlay belong to each command', async () => {
    writeFileSync(path.join(directory, 'file'), 'lower\n');
    await using prepared = await prepareRoot({root: {overlay: [directory]}, mounts: programs()});
    assert.equal(await shell('echo x >/file; cat /file', {root: prepared}), 'x');
    assert.equal(await shell('cat /file', {root: prepared}), 'lower');
    assert.equal(readFileSync(path.join(directory, 'file'), 'utf8'), 'lower\n');
  });

  test('the root of the host', async () => {
    const tmp = path.join(directory, 'tmp');
    mkdirSync(tmp);
    const mounts: Mount[] = [{type: 'tmpfs', destination: tmp}];
    await using prepared = await prepareRoot({root: 'readonly', mounts});
    assert.equal(await shell(`echo x >${tmp}/file; ls -A ${tmp}`, {root: prepared}), 'file');
    await assert.rejects(shell(`echo x >${directory}/file`, {root: prepared}), {stderr: /Read-only file system/});
    await using host = await prepareRoot({mounts});
    assert.equal(await shell(`ls -A ${tmp}; echo x >${tmp}/file`, {root: host}), '');
    assert.deepEqual(readdirSync(tmp), []);
  });
});

describe('errors', () => {
  const refused = async (): Promise<void> => {
    const none = path.join(directory, 'none');
    for (const root of ['empty', 'readonly'] as const) {
      await assert.rejects(
        prepareRoot({
          root,
          mounts: [
            {type: 'tmpfs', destination: '/tmp'},
            {type: 'bind', source: none, destination: '/tmp'},
          ],
        }),
        (error: NamespaceError) => {
          const {code, step, index, path: where, hint} = error;
          assert.deepEqual({code, step, index, where}, {code: 'ENOENT', step: 'mounts', index: 1, where: none});
          assert.match(hint!, /does not exist/);
          return true;
        },
      );
    }
    await assert.rejects(prepareRoot({root: {bind: directory}, mounts: [{type: 'tmpfs', destination: '/none'}]}), {
      code: 'EROFS',
      step: 'mounts',
      index: 0,
    });
    await assert.rejects(prepareRoot({root: {bind: none}}), {code: 'ENOENT', step: 'root'});
    assert.deepEqual(readdirSync(directory), []);
  };

  test('what cannot be made is refused at once, with the entry, and leaves nothing', async () => {
    await leavesNothing(refused);
  });

  test('what cannot be used more than once is refused', async () => {
    const bind: Mount = {type: 'bind', source: 0, destination: '/x'};
    const overlay: Mount = {type: 'overlay', lower: ['/a'], upper: '/b', work: '/c', destination: '/x'};
    for (const options of [
      {mounts: [bind]},
      {mounts: [overlay]},
      {root: {overlay: ['/a'], upper: '/b', work: '/c'}},
      {root: 'host', mount: []} as object,
      {namespaces: ['pid']} as object,
    ]) {
      await assert.rejects(prepareRoot(options), {code: 'ERR_INVALID_ARG_VALUE'});
    }
    await using prepared = await prepareRoot({root: 'empty'});
    await assert.rejects(prepareRoot({root: prepared as never}), {code: 'ERR_INVALID_ARG_VALUE'});
  });
});

describe('a hostile command', () => {
  const map = [{containerId: 0, hostId: isRoot ? 12_345 : process.getuid!(), size: 1}];
  const asRoot: SpawnOptions = isRoot
    ? {namespaces: ['pid', 'mnt', 'user'], uidMap: map, gidMap: map}
    : {uidMap: 'root'};

  test('with all capabilities cannot change the root for the next one', async () => {
    await using prepared = await prepareRoot({root: 'empty', mounts: entries});
    const attempts = [
      'mount -o remount,rw /',
      'mount -o remount,bind,rw /',
      'mount -o remount,bind,rw /etc/shared',
      'mount -o remount,bind,rw /dev',
      'umount -l /etc/shared; umount -l /dev/null; umount -l /proc; umount -l /usr',
      'unshare -Um sh -c "mount -o remount,rw /; echo x >/file; echo x >/etc/shared"',
      'echo x >/file; echo x >/work/file; echo x >/etc/shared; echo x >/dev/file; chmod 777 /; rm -f /etc/shared',
      'mount -t tmpfs tmpfs /work && echo x >/work/own',
      'ln -s /etc /work/link; mkdir /work/made; mknod /work/null c 1 3',
    ];
    await shell(`${attempts.map(attempt => `(${attempt}) 2>/dev/null`).join('; ')}; true`, {root: prepared, ...asRoot});
    const left = 'ls -A / /work; cat /etc/shared; echo x >/file';
    for (const options of [asRoot, {}]) {
      await assert.rejects(shell(left, {root: prepared, ...options}), {
        stdout: /^\/:\nbin\ndev\netc\nlib\n(lib\w+\n)*proc\nsbin\ntmp\nusr\nwork\n\n\/work:\nshared\n$/,
        stderr: /Read-only file system/,
      });
    }
  });

  test('sees no process of others, also below its /proc', {skip: needsUser()}, async () => {
    await using prepared = await prepareRoot({root: 'empty', mounts: entries});
    const seen = await shell('umount /proc; cd /proc && echo [0-9]*', {root: prepared, ...asRoot});
    assert.equal(seen, '[0-9]*');
  });

  test('does not reach the outside', async () => {
    const secret = path.join(directory, 'secret');
    writeFileSync(secret, 'secret');
    chmodSync(secret, 0o666);
    const program: Mount = {type: 'bind', source: testProgram('escape'), destination: '/escape', readOnly: true};
    await using prepared = await prepareRoot({root: 'empty', mounts: [...entries, program]});
    const users = isRoot ? [asRoot] : [asRoot, {}];
    for (const options of users) {
      for (const how of ['read', 'write']) {
        const {stdout} = await runInNamespace('/escape', [how, secret], {root: prepared, ...options});
        assert.deepEqual(
          stdout
            .trim()
            .split('\n')
            .filter(line => !line.endsWith(' no')),
          [],
        );
      }
    }
    assert.equal(readFileSync(secret, 'utf8'), 'secret');
  });
});
