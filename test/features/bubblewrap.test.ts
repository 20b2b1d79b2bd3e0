// The same trees as bubblewrap makes by its options, compared by a walk of the inside.
import assert from 'node:assert/strict';
import path from 'node:path';
import {describe, test} from 'node:test';
import {type Mount, runInNamespace, type SpawnOptions} from 'namespawn';
import {byBubblewrap, makeFolder, walk} from '../helpers/bubblewrap.js';
import {needsProgram} from '../helpers/requirements.js';
import {programs} from '../helpers/root.js';
import {temporaryDirectory} from '../helpers/temporary.js';

const directory = temporaryDirectory();
const folder = makeFolder(directory);
/** What both have: the programs of the host. */
const base = programs();

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
      assert.deepEqual((await byNamespawn(mounts, options)).split('\n'), byBubblewrap(walk, switches).split('\n'));
    });
  }
});
