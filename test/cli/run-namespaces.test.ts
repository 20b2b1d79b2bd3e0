// namespawn run with the switches of unshare(1), beside unshare of util-linux.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {existsSync, readdirSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {describe, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {namespaceTypes} from 'namespawn';
import {tryNamespawn} from '../helpers/commands.js';
import {isRoot, needsRoot} from '../helpers/requirements.js';
import {temporaryDirectory} from '../helpers/temporary.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const nsenter = (...words: string[]): string => spawnSync('nsenter', words, {encoding: 'utf8'}).stdout.trim();

describe('--TYPE=FILE', {skip: needsRoot()}, () => {
  /** A directory on a mount point of its own, which is private: the kernel keeps mount namespaces only there. */
  const withDirectory = (use: (directory: string) => void): void => {
    const directory = temporaryDirectory();
    spawnSync('sh', ['-ec', 'mount --bind "$0" "$0"; mount --make-private "$0"', directory]);
    try {
      use(directory);
    } finally {
      spawnSync('sh', ['-c', 'for file in "$0"/*; do umount "$file"; done 2>/dev/null; umount "$0"', directory]);
    }
  };

  test('keeps a namespace of each type, and is there when the command starts', () => {
    withDirectory(directory => {
      const switches = namespaceTypes.map(type => `--${type}=${directory}/${type}`);
      const script = `cd /proc/self/ns; for type in ${namespaceTypes.join(' ')}; do stat -Lc %i $type; done; stat -fc %T ${directory}/net`;
      const {stdout, stderr, status} = tryNamespawn('run', '--map-root', ...switches, '--', 'sh', '-c', script);
      assert.equal(stderr, '');
      assert.equal(status, 0);
      const seen = stdout.trim().split('\n');
      // Its mount namespace was made before.
      assert.deepEqual(
        seen.slice(0, -1),
        namespaceTypes.map(type => `${statSync(`${directory}/${type}`).ino}`),
      );
      assert.equal(
        nsenter(`--net=${directory}/net`, 'stat', '-Lc', '%i', '/proc/self/ns/net'),
        seen[namespaceTypes.indexOf('net')],
      );
      assert.equal(
        nsenter(`--uts=${directory}/uts`, `--ipc=${directory}/ipc`, 'stat', '-Lc', '%i', '/proc/self/ns/ipc'),
        seen[namespaceTypes.indexOf('ipc')],
      );
    });
  });

  test('and unshare do the same', () => {
    withDirectory(directory => {
      const file = path.join(directory, 'uts');
      writeFileSync(file, '');
      for (const run of [
        () => tryNamespawn('run', `--uts=${file}`, '--', 'hostname', 'kept'),
        () => spawnSync('unshare', [`--uts=${file}`, 'hostname', 'kept'], {encoding: 'utf8'}),
      ]) {
        assert.equal(run().status, 0);
        assert.equal(nsenter(`--uts=${file}`, 'hostname'), 'kept');
        assert.equal(tryNamespawn('enter', `--uts=${file}`, '--', 'hostname').stdout, 'kept\n');
        spawnSync('umount', [file]);
      }
    });
  });

  test('keeps nothing if the command cannot be started, or one of the files cannot be used', () => {
    withDirectory(directory => {
      const file = path.join(directory, 'own');
      writeFileSync(file, 'text');
      const net = `--net=${directory}/net`;
      for (const [words, status] of [
        [[net, `--uts=${file}`, '--', '/nonexistent'], 127],
        [[net, `--uts=${directory}/missing/uts`, '--', 'true'], 125],
        [[net, `--uts=${directory}`, '--', 'true'], 125],
      ] as const) {
        assert.equal(tryNamespawn('run', ...words).status, status);
        // A file that was there stays.
        assert.deepEqual(readdirSync(directory), ['own']);
        assert.equal(statSync(file).size, 4);
      }
    });
  });
});

test('--TYPE=FILE of an ordinary user is refused, with the reason', {skip: isRoot && 'needs an ordinary user'}, () => {
  const file = path.join(temporaryDirectory(), 'net');
  const {status, stderr} = tryNamespawn('run', `--net=${file}`, '--', 'true');
  assert.equal(status, 125);
  assert.match(stderr, /EPERM: .* \(step --TYPE=FILE\)/);
  assert.ok(!existsSync(file));
});

test('--pid=FILE without an init, and an empty file, are mistakes', () => {
  for (const words of [['--pid=/tmp/x', '--no-init'], ['--net=']]) {
    assert.equal(tryNamespawn('run', ...words, '--', 'true').status, 125);
  }
});

test('words of the command are its own', () => {
  const {stdout} = tryNamespawn('run', '--user', '--hostname', '--net', 'echo', '--net=/x', '-n/y');
  assert.equal(stdout, '--net=/x -n/y\n');
});

describe('the switches of unshare do the same', () => {
  const state = 'id -u; id -g; tr -s " " </proc/self/uid_map; tr -s " " </proc/self/gid_map; cat /proc/self/setgroups';
  const capabilities = 'grep Cap /proc/self/status';
  const clocks = 'cat /proc/self/timens_offsets';
  const kind = (text: string): string =>
    text.replaceAll(/ (shared|master):\d+/g, ' $1').replaceAll(/^\d+ \d+ \S+ /gm, '');

  /** Runs both with /etc/subuid and /etc/subgid of their own. */
  const compare = (ours: string[], theirs: string[], script: string): string => {
    const ranges = path.join(temporaryDirectory(), 'ranges');
    writeFileSync(ranges, `root:200000:65536\nroot:300000:1000\n`);
    const bind = `for file in /etc/subuid /etc/subgid; do mount --bind ${ranges} $file || exit 1; done; exec "$@"`;
    const within = (words: string[]): string => {
      const all = isRoot ? ['unshare', '-m', 'sh', '-c', bind, '-', ...words] : words;
      const {stdout, stderr, status} = spawnSync(all[0]!, all.slice(1), {encoding: 'utf8'});
      assert.equal(stderr, '');
      assert.equal(status, 0);
      return kind(stdout);
    };
    const seen = within([process.execPath, main, 'run', ...ours, '--', 'sh', '-c', script]);
    assert.equal(seen, within(['unshare', ...theirs, 'sh', '-c', script]));
    return seen;
  };

  test('--map-auto', {skip: needsRoot()}, () => {
    compare(['--map-auto', '--map-root'], ['--map-auto', '-r'], state);
    // The first id of the map is the one that a caller gets who is not mapped. unshare leaves it with none.
    assert.match(compare(['--map-auto'], ['--map-auto', '-S', '0', '-G', '0'], state), /^0\n0\n 0 200000 65536\n/);
  });

  test('--map-users, --map-groups', {skip: needsRoot()}, () => {
    const map = (word: string): string[] => [`--map-users=${word}`, `--map-groups=${word}`];
    compare([...map('0:200000:100'), '--map-root'], [...map('200000,0,100'), '-r'], state);
    compare(map('200000,0,100'), [...map('200000,0,100'), '-S', '0', '-G', '0'], state);
    const {stdout} = tryNamespawn('run', '--map-users', 'all', '--map-groups', 'all', '--', 'sh', '-c', state);
    assert.match(stdout, /^0\n0\n 0 0 \d+\n/);
  });

  test('ids that are mapped to the caller leave room for it', {skip: needsRoot()}, () => {
    const map = ['--map-users', '5:0:10', '--map-users', '100:50:1', '--map-groups', '0:0:10', '--map-root'];
    const {stdout} = tryNamespawn('run', ...map, '--', 'sh', '-c', state);
    assert.equal(stdout, '0\n0\n 0 0 1\n 5 1 9\n 100 50 1\n 0 0 1\n 1 1 9\nallow\n');
  });

  test('--setgroups', {skip: needsRoot()}, () => {
    const map = ['--map-users=200000,0,100', '--map-groups=200000,0,100'];
    for (const mode of ['allow', 'deny']) {
      assert.match(
        tryNamespawn('run', ...map, '--setgroups', mode, '--', 'sh', '-c', state).stdout,
        RegExp(`${mode}\n$`),
      );
    }
  });

  test('--propagation', {skip: needsRoot()}, () => {
    const root = 'cat /proc/self/mountinfo | grep -v " /proc "';
    for (const mode of ['private', 'slave', 'shared', 'unchanged']) {
      compare(['--propagation', mode], ['-m', '--propagation', mode], root);
    }
  });

  test('--monotonic, --boottime', () => {
    const user = isRoot ? [] : ['-c'];
    const offsets = ['--monotonic', '100', '--boottime', '-5'];
    compare(['--time', ...offsets], ['-T', ...user, ...offsets], clocks);
    assert.match(
      tryNamespawn('run', '--boottime', '86400.5', '--', 'sh', '-c', clocks).stdout,
      /boottime +86400 +500000000/,
    );
  });

  test('--keep-caps', () => {
    const user = isRoot ? ['-r'] : ['-c'];
    compare(['--user', '--keep-caps'], [...user, '--keep-caps'], capabilities);
    compare(['--user'], user, capabilities);
  });
});

test('a word that is no range, no offset, or no mode, is a mistake', () => {
  for (const words of [
    ['--map-users', '0:1'],
    ['--map-groups', 'some'],
    ['--boottime', 'x'],
    ['--setgroups', 'no'],
    ['--propagation', 'no'],
  ]) {
    const {status, stderr} = tryNamespawn('run', ...words, '--', 'true');
    assert.equal(status, 125);
    assert.match(stderr, new RegExp(`option '${words[0]}`));
  }
});
