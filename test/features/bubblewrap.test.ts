// The same trees as bubblewrap makes by its options, compared by a walk of the inside.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {describe, test} from 'node:test';
import {type Mount, runInNamespace, type SpawnOptions} from 'namespawn';
import {needsProgram} from '../helpers/requirements.js';
import {programs} from '../helpers/root.js';
import {temporaryDirectory} from '../helpers/temporary.js';

const directory = temporaryDirectory();
const folder = path.join(directory, 'folder');
mkdirSync(path.join(folder, 'deep'), {recursive: true});
writeFileSync(path.join(folder, 'file'), 'content', {mode: 0o644});
symlinkSync('file', path.join(folder, 'link'));

// Each file: its type, mode, size (of files and links) and what a link contains; and whether a folder can be written to.
const walk = `
find / -path /usr -prune -o -path /proc -prune -o -path '/lib*' -prune -o -path /dev/pts/ptmx -prune -o -type l -printf '%p %y %l\\n' \\
  -o -type f -printf '%p %y %m %s\\n' -o -printf '%p %y %m\\n' | sort
find / -path /usr -prune -o -path /proc -prune -o -type d -print | sort | while read -r one; do
  test -w "$one" && test "$one" != /dev/pts && echo "$one writable"
done
true`;

/** What both have: the programs of the host. */
const base = programs();
const baseSwitches = base.flatMap(mount =>
  mount.type === 'symlink'
    ? ['--symlink', mount.target, mount.destination]
    : ['--ro-bind', mount.destination, mount.destination],
);

function byBubblewrap(switches: readonly string[]): string {
  const all = [...baseSwitches, ...switches, '--unshare-pid', '--proc', '/proc', 'sh', '-c', walk];
  // In its /dev/shm only the caller may write; and what it makes above a destination has the mode 0700.
  return execFileSync('bwrap', all, {encoding: 'utf8', cwd: '/'}).replace('/dev/shm d 755', '/dev/shm d 1777');
}

async function byNamespawn(mounts: readonly Mount[], options: SpawnOptions): Promise<string> {
  return (await runInNamespace('sh', ['-c', walk], {root: 'empty', mounts: [...base, ...mounts], cwd: '/', ...options}))
    .stdout;
}

const cases: [switches: string[], mounts: Mount[], options?: SpawnOptions][] = [
  [[], []],
  [['--bind', folder, '/a'], [{type: 'bind', source: folder, destination: '/a'}]],
  [['--dir', '/a', '--ro-bind', folder, '/a/b'], [{type: 'bind', source: folder, destination: '/a/b', readOnly: true}]],
  [
    ['--ro-bind', path.join(folder, 'file'), '/f'],
    [{type: 'bind', source: path.join(folder, 'file'), destination: '/f', readOnly: true}],
  ],
  [['--bind-try', '/missing', '/a'], [{type: 'bind', source: '/missing', destination: '/a', optional: true}]],
  [
    ['--ro-bind-try', folder, '/a'],
    [{type: 'bind', source: folder, destination: '/a', optional: true, readOnly: true}],
  ],
  [['--tmpfs', '/t'], [{type: 'tmpfs', destination: '/t', mode: 0o755}]],
  [['--perms', '0700', '--tmpfs', '/t'], [{type: 'tmpfs', destination: '/t', mode: 0o700}]],
  [['--dir', '/d/e'], [{type: 'directory', destination: '/d/e'}]],
  [['--perms', '0750', '--dir', '/d'], [{type: 'directory', destination: '/d', mode: 0o750}]],
  [
    ['--dir', '/d', '--symlink', 'to/it', '/d/link'],
    [
      {type: 'directory', destination: '/d'},
      {type: 'symlink', target: 'to/it', destination: '/d/link'},
    ],
  ],
  [
    ['--dir', '/d', '--bind', folder, '/d', '--tmpfs', '/d/deep'],
    [
      {type: 'directory', destination: '/d'},
      {type: 'bind', source: folder, destination: '/d'},
      {type: 'tmpfs', destination: '/d/deep', mode: 0o755},
    ],
  ],
  [['--dev', '/dev'], [{type: 'dev', destination: '/dev'}]],
  [
    ['--dev', '/dev', '--unshare-ipc', '--mqueue', '/dev/mqueue'],
    [
      {type: 'dev', destination: '/dev'},
      {type: 'mqueue', destination: '/dev/mqueue'},
    ],
    {namespaces: ['pid', 'mnt', 'ipc']},
  ],
];

describe('the same tree as bubblewrap', {skip: needsProgram('bwrap')}, () => {
  for (const [switches, mounts, options = {}] of cases) {
    test(switches.join(' ').replaceAll(directory, '') || 'of the programs alone', async () => {
      assert.deepEqual((await byNamespawn(mounts, options)).split('\n'), byBubblewrap(switches).split('\n'));
    });
  }
});
