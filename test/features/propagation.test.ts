// How mounts propagate between the host and a new mount namespace.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {describe, test} from 'node:test';
import {createSandbox, type SandboxOptions} from 'namespawn';
import {leavesNothing} from '../helpers/leaks.js';
import {needsRoot} from '../helpers/requirements.js';
import {temporaryDirectory} from '../helpers/temporary.js';

const mount = (...args: string[]): unknown => execFileSync('mount', args);

/** What a mount namespace sees of mounts outside, and the other way round. The mount `old` is there before, and unmounted meanwhile. */
interface Seen {
  fromOutside: boolean;
  keepsOld: boolean;
  outwards: boolean;
}

describe('propagation', {skip: needsRoot()}, () => {
  const expected: [options: SandboxOptions, seen: Seen][] = [
    [{}, {fromOutside: false, keepsOld: true, outwards: false}],
    [{propagation: 'private'}, {fromOutside: false, keepsOld: true, outwards: false}],
    [{propagation: 'slave'}, {fromOutside: true, keepsOld: false, outwards: false}],
    [{propagation: 'shared'}, {fromOutside: true, keepsOld: false, outwards: true}],
    [{propagation: 'unchanged'}, {fromOutside: true, keepsOld: false, outwards: true}],
    // Nothing leaves a user namespace.
    [
      {propagation: 'shared', uidMap: 'root'},
      {fromOutside: true, keepsOld: false, outwards: false},
    ],
  ];
  for (const [options, seen] of expected) {
    test(JSON.stringify(options), async () => {
      const directory = temporaryDirectory();
      const at = (name: string): string => path.join(directory, name);
      mount('--bind', directory, directory);
      // The bind mount of a shared mount is a peer of it, and would get each mount twice.
      mount('--make-private', directory);
      mount('--make-shared', directory);
      try {
        for (const name of ['old', 'new', 'inside']) mkdirSync(at(name));
        mount('-t', 'tmpfs', 'none', at('old'));
        await leavesNothing(async () => {
          const namespaces = options.uidMap ? (['mnt', 'user'] as const) : (['mnt'] as const);
          await using sandbox = await createSandbox({...options, namespaces});
          execFileSync('umount', [at('old')]);
          mount('-t', 'tmpfs', 'none', at('new'));
          writeFileSync(at('new/file'), '');
          const script = `
            grep -c ' ${at('old')} ' /proc/self/mountinfo; test -e ${at('new/file')}; echo $?
            mount -t tmpfs none ${at('inside')} && touch ${at('inside/file')}`;
          const {stdout} = await sandbox.run('sh', ['-c', script]);
          const [old, isMissing] = stdout.trim().split('\n');
          const outwards = existsSync(at('inside/file'));
          assert.deepEqual({fromOutside: isMissing === '0', keepsOld: old === '1', outwards}, seen);
          execFileSync('umount', [at('new')]);
          if (outwards) execFileSync('umount', [at('inside')]);
        });
      } finally {
        execFileSync('umount', ['--recursive', directory]);
      }
    });
  }
});
