// namespawn run: the switches of the file system, compared with those of bwrap(1).
import assert from 'node:assert/strict';
import {execFileSync, type StdioOptions, spawnSync} from 'node:child_process';
import {closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {describe, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {byBubblewrap, makeFolder, programSwitches, walk} from '../helpers/bubblewrap.js';
import {namespawn, tryNamespawn} from '../helpers/commands.js';
import {needsProgram} from '../helpers/requirements.js';
import {temporaryDirectory} from '../helpers/temporary.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const directory = temporaryDirectory();
const folder = makeFolder(directory);
const other = path.join(directory, 'other');
mkdirSync(other);
writeFileSync(path.join(other, 'file'), 'of the other');

function byNamespawn(script: string, switches: readonly string[], stdio: StdioOptions = 'pipe'): string {
  const all = [main, 'run', '--root', 'empty', ...programSwitches, ...switches, '--', 'sh', '-c', script];
  return execFileSync(process.execPath, all, {encoding: 'utf8', cwd: '/', stdio});
}

/** Runs with an open file as descriptor 3. */
function withFile<Result>(file: string, use: (stdio: StdioOptions) => Result): Result {
  const fd = openSync(file, 'r');
  try {
    return use(['pipe', 'pipe', 'inherit', fd]);
  } finally {
    closeSync(fd);
  }
}

const file = path.join(folder, 'file');
const cases: string[][] = [
  [],
  ['--bind', folder, '/a'],
  ['--dir', '/a', '--ro-bind', folder, '/a/b'],
  ['--ro-bind', file, '/f'],
  ['--bind-try', '/missing', '/a'],
  ['--ro-bind-try', folder, '/a'],
  ['--dev-bind', folder, '/a'],
  ['--dev-bind-try', '/missing', '/a', '--dev-bind-try', folder, '/b'],
  ['--tmpfs', '/t'],
  ['--perms', '0700', '--tmpfs', '/t'],
  ['--size', '65536', '--perms', '1777', '--tmpfs', '/t', '--tmpfs', '/u'],
  ['--dir', '/d/e'],
  ['--perms', '0750', '--dir', '/d', '--dir', '/e'],
  ['--dir', '/d', '--symlink', 'to/it', '/d/link'],
  ['--dir', '/d', '--bind', folder, '/d', '--tmpfs', '/d/deep'],
  // In the other order the folder covers the tmpfs.
  ['--tmpfs', '/d', '--dir', '/d/below', '--bind', folder, '/d'],
  ['--dev', '/dev'],
  ['--dev', '/dev', '--remount-ro', '/dev'],
  ['--bind', folder, '/a', '--remount-ro', '/a'],
  ['--tmpfs', '/t', '--dir', '/t/d', '--remount-ro', '/t', '--chdir', '/t/d'],
];

describe('the same inside as by bubblewrap', {skip: needsProgram('bwrap')}, () => {
  for (const switches of cases) {
    test(switches.join(' ').replaceAll(directory, '') || 'with the programs alone', () => {
      const script = `pwd; ${walk}`;
      assert.deepEqual(byNamespawn(script, switches).split('\n'), byBubblewrap(script, switches).split('\n'));
    });
  }

  test('--dev with --mqueue', () => {
    const switches = ['--dev', '/dev', '--mqueue', '/dev/mqueue'];
    const expected = byBubblewrap(walk, ['--unshare-ipc', ...switches]);
    assert.deepEqual(byNamespawn(walk, ['--pid', '--ipc', ...switches]).split('\n'), expected.split('\n'));
  });

  for (const name of ['--file', '--bind-data', '--ro-bind-data']) {
    for (const perms of [[], ['--perms', '0640']]) {
      test(`${perms.join(' ')} ${name}: content, mode, whether it can be written to, and the descriptor is gone`, () => {
        const script = `${walk}; cat /f; (echo new >/f) 2>&- && cat /f; test -e /proc/self/fd/3 || echo gone`;
        const run = (by: typeof byNamespawn) => withFile(file, stdio => by(script, [...perms, name, '3', '/f'], stdio));
        const shown = run(byNamespawn);
        assert.match(shown, /content/);
        assert.match(shown, /gone/);
        assert.deepEqual(shown.split('\n'), run(byBubblewrap).split('\n'));
      });
    }
  }

  for (const name of ['--bind-fd', '--ro-bind-fd']) {
    // Debian 12 has no bubblewrap with these switches, but later ones have.
    test(`${name} is as ${name.replace('-fd', '')}`, () => {
      const shown = withFile(folder, stdio => byNamespawn(walk, [name, '3', '/a'], stdio));
      assert.deepEqual(shown.split('\n'), byBubblewrap(walk, [name.replace('-fd', ''), folder, '/a']).split('\n'));
    });
  }

  test('the flags of the mounts', () => {
    const switches = ['bind', 'ro-bind', 'dev-bind'].flatMap(name => [`--${name}`, folder, `/${name}`]);
    const script = 'cat /proc/self/mountinfo';
    const flags = (text: string): string[] =>
      text
        .split('\n')
        .map(line => line.split(' '))
        .filter(([, , , , point]) => /bind$|^\/t$/.test(point ?? ''))
        .map(
          ([, , , , point, options]) =>
            `${point} ${options
              ?.split(',')
              .filter(option => /^(?:r[ow]|no(?:suid|dev|exec))$/.test(option))
              .sort()}`,
        )
        .sort();
    const all = [...switches, '--tmpfs', '/t'];
    const shown = flags(byNamespawn(script, all));
    assert.equal(shown.length, 4);
    assert.deepEqual(shown, flags(byBubblewrap(script, all)));
  });
});

/** Runs a shell script, and returns its output without the last line feed. */
const inside = (script: string, ...switches: string[]): string =>
  namespawn('run', ...switches, '--', 'sh', '-c', script).trimEnd();

describe('the root', () => {
  test('is that of the host by default', () => {
    assert.equal(inside('test -d /sys && cat /tmp/a/file', '--tmpfs', '/tmp', '--bind', folder, '/tmp/a'), 'content');
  });

  test('--read-only leaves what is mounted', () => {
    const script = `touch ${other}/new 2>/dev/null || echo refused; touch ${folder}/new && echo made; rm ${folder}/new`;
    assert.equal(inside(script, '--read-only', '--bind', folder, folder), 'refused\nmade');
    assert.equal(existsSync(path.join(other, 'new')), false);
  });

  test('--bind SRC /, --ro-bind SRC / and --root SRC', () => {
    const root = path.join(directory, 'root');
    for (const name of ['usr', 'bin', 'lib', 'lib64', 'proc']) mkdirSync(path.join(root, name), {recursive: true});
    const binds = ['usr', 'bin', 'lib', 'lib64']
      .filter(name => existsSync(`/${name}`))
      .flatMap(name => ['--ro-bind', `/${name}`, `/${name}`]);
    const script = 'ls /; touch /new 2>&- && rm /new && echo made';
    const names = readdirSync(root).join('\n');
    const seen = (...switches: string[]) => inside(`${script}; true`, ...switches, ...binds);
    assert.equal(seen('--bind', root, '/'), `${names}\nmade`);
    assert.equal(seen('--root', root), `${names}\nmade`);
    assert.equal(seen('--ro-bind', root, '/'), names);
    assert.equal(seen('--root', root, '--read-only'), names);
    assert.equal(seen('--bind', root, '/', '--remount-ro', '/'), names);
  });

  test('--tmpfs / is an empty one, and the last mounts are not on the host', () => {
    const shown = inside('ls /', '--tmpfs', '/', ...programSwitches, '--dir', '/made/here');
    assert.ok(shown.split('\n').includes('made'));
    assert.equal(existsSync('/made'), false);
  });
});

describe('overlays', () => {
  test('--overlay-src names the lowest folder first', () => {
    const sources = ['--overlay-src', folder, '--overlay-src', other];
    const script = `cat ${folder}/file; echo; ls ${folder}; echo new >${folder}/file; cat ${folder}/file`;
    assert.equal(inside(script, ...sources, '--tmp-overlay', folder), 'of the other\ndeep\nfile\nlink\nnew');
    assert.equal(readFileSync(path.join(other, 'file'), 'utf8'), 'of the other');
  });

  test('--ro-overlay cannot be written to', () => {
    const sources = ['--overlay-src', folder, '--overlay-src', other];
    const script = `(echo new >${folder}/file) 2>/dev/null || cat ${folder}/file`;
    assert.equal(inside(script, ...sources, '--ro-overlay', folder), 'of the other');
  });

  test('--overlay writes to its folder', () => {
    const [upper, work] = ['upper', 'work'].map(name => path.join(directory, name));
    for (const name of [upper, work]) mkdirSync(name!);
    inside(`echo new >${folder}/made`, '--overlay-src', folder, '--overlay', upper!, work!, folder);
    assert.equal(readFileSync(path.join(upper!, 'made'), 'utf8'), 'new\n');
    assert.equal(existsSync(path.join(folder, 'made')), false);
  });
});

describe('--mount', () => {
  test('has the fields of docker and of the library', () => {
    const odd = path.join(directory, 'a, "b"');
    mkdirSync(odd);
    writeFileSync(path.join(odd, 'file'), 'odd');
    const mounts = [
      `type=bind,source=${folder},target=/tmp/a,readonly`,
      `type=bind,"src=${odd.replaceAll('"', '""')}",dst=/tmp/b,ro=false`,
      'type=tmpfs,destination=/tmp/c,tmpfs-size=64k,mode=0700',
      'type=file,destination=/tmp/d,content=text,mode=0600',
      `type=overlay,lower=${other},lower=${folder},destination=/tmp/e`,
      'type=symlink,target=file,destination=/tmp/f',
    ].filter(mount => !mount.startsWith('type=symlink'));
    const script = `cat /tmp/a/file; touch /tmp/a/x 2>/dev/null || echo; cat /tmp/b/file; touch /tmp/b/x && echo
      stat -c %a /tmp/c /tmp/d; cat /tmp/d; echo; cat /tmp/e/file; ls /tmp/e | wc -l`;
    const shown = inside(script, '--tmpfs', '/tmp', ...mounts.flatMap(mount => ['--mount', mount]));
    assert.equal(shown, 'content\nodd\n700\n600\ntext\nof the other3');
  });
});

describe('wrong switches are usage errors in the words of the command line', () => {
  const wrong: [switches: string[], message: RegExp][] = [
    [['--bind=/a', '/b'], /--bind needs SRC and DEST/],
    [['--bind', '/usr', 'relative'], /--bind \/usr relative: destination must be an absolute path/],
    [['--tmpfs', '/tmp', '--bind', '/usr', '/tmp/../a'], /--bind \/usr \/tmp\/..\/a: destination must be/],
    [['--perms', '0700'], /--perms must be followed by --tmpfs, --dir/],
    [['--perms', '0700', '--bind', '/usr', '/a'], /--perms must be followed by/],
    [['--perms', '0900', '--dir', '/a'], /--perms must be an octal number, and is '0900'/],
    [['--size', '1k', '--tmpfs', '/a'], /--size must be a number of bytes, and is '1k'/],
    [['--size', '1', '--dir', '/a'], /--size must be followed by --tmpfs/],
    [['--overlay-src', '/usr'], /--overlay-src must be followed by --overlay/],
    [['--tmp-overlay', '/a'], /--tmp-overlay \/a needs --overlay-src before it/],
    [['--remount-ro', '/a'], /--remount-ro \/a: no earlier switch mounts on it/],
    [['--dir', '/a', '--remount-ro', '/a'], /--remount-ro \/a: --dir \/a mounts nothing/],
    [['--dir', '/a', '--bind', '/usr', '/'], /--bind \/usr \/ must come before all other mounts/],
    [['--root', 'empty', '--bind', '/usr', '/'], /--bind \/usr \/ cannot be used with --root/],
    [['--root', 'empty', '--read-only'], /can be made read-only/],
    [['--dev', '/'], /--dev \/: this cannot be the root directory/],
    [['--file', 'x', '/a'], /--file: FD must be the number of a descriptor, and is 'x'/],
    [['--file', '200', '/a'], /--file: descriptor 200 is not open/],
    [['--ro-bind-fd', '200', '/a'], /--ro-bind-fd: descriptor 200 is not open/],
    [
      ['--mount', 'type=bnd,destination=/a'],
      /--mount type=bnd,destination=\/a: type must be one of .* \(the nearest is 'bind'\)/,
    ],
    [['--mount', 'type=bind,destination=/a'], /--mount type=bind,destination=\/a: source is missing/],
    [['--mount', 'type=tmpfs,destination=/a,sice=1'], /: sice is unknown: the nearest option is 'size'/],
    [['--mount', 'type=tmpfs,dst=/a,target=/b'], /--mount: target is given twice/],
    [['--mount', 'type=tmpfs,dst=/a,readonly=maybe'], /readonly must be true or false, and is 'maybe'/],
    [['--mount', 'type=tmpfs,dst'], /--mount: dst needs a value/],
    [['--mount', 'type=tmpfs,"dst=/a'], /the quotes of/],
    [['--chdir', '/missing'], /no|missing/],
  ];
  for (const [switches, message] of wrong) {
    test(switches.join(' '), () => {
      const {status, stdout, stderr} = tryNamespawn('run', ...switches, '--', 'true');
      assert.deepEqual([status, stdout], [125, ''], stderr);
      assert.match(stderr, message);
      assert.match(stderr, /^namespawn: /);
      assert.doesNotMatch(stderr, /options\.|Received|\0/);
    });
  }

  test('a failing mount is named by its switch', () => {
    const {status, stderr} = tryNamespawn('run', '--tmpfs', '/tmp', '--bind', '/missing', '/tmp/a', '--', 'true');
    assert.equal(status, 125);
    assert.match(stderr, /^namespawn: ENOENT: open_tree '\/missing' \(step --bind \/missing \/tmp\/a\): .*--bind-try/);
  });
});

test('words behind the command are its own', () => {
  const {stdout} = spawnSync(process.execPath, [main, 'run', 'echo', '--bind', '/a', '/b'], {encoding: 'utf8'});
  assert.equal(stdout, '--bind /a /b\n');
});
