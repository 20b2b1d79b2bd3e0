// Users and groups by name.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {describe, test} from 'node:test';
import {createSandbox, runInNamespace, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {resolveId} from '../../dist/shared/ids.js';
import {needsProgram, needsRoot} from '../helpers/requirements.js';
import {shell} from '../helpers/shell.js';
import {temporaryDirectory} from '../helpers/temporary.js';

/** The names of a database, with their ids, as the C library finds them. */
function entries(database: 'passwd' | 'group'): [name: string, id: number][] {
  const lines = execFileSync('getent', [database], {encoding: 'utf8'}).trim().split('\n');
  return lines.map(line => {
    const [name, , id] = line.split(':');
    return [name!, Number(id)];
  });
}

test('every name of the machine has its id', {skip: needsProgram('getent')}, () => {
  for (const [name, id] of entries('passwd')) assert.equal(resolveId('user', name, 'options.uid'), id, name);
  for (const [name, id] of entries('group')) assert.equal(resolveId('group', name, 'options.gid'), id, name);
});

describe('a command becomes who is named', {skip: needsRoot()}, () => {
  const ids = new Map(entries('group'));

  test('uid, gid and groups', async () => {
    const options = {uid: 'nobody', gid: 'daemon', groups: ['bin', 12345, 'sys']};
    const told = await shell('id -u; id -g; id -G', options);
    // The kernel sorts them.
    const groups = [ids.get('daemon'), ids.get('bin'), ids.get('sys'), 12345];
    assert.equal(told, `65534\n${ids.get('daemon')}\n${groups.join(' ')}`);
  });

  test('in a sandbox, and by its defaults', async () => {
    await using sandbox = await createSandbox({defaults: {uid: 'nobody', groups: ['sys']}});
    const {stdout} = await sandbox.run('sh', ['-c', 'id -u; id -G']);
    assert.equal(stdout, `65534\n0 ${ids.get('sys')}\n`);
    assert.equal((await sandbox.run('id', ['-u'], {uid: 'daemon'})).stdout, '1\n');
  });

  test('in an id map', async () => {
    const options: SpawnOptions = {
      uidMap: [
        {containerId: 0, hostId: 0, size: 1},
        {containerId: 'daemon', hostId: 'nobody', size: 1},
      ],
      gidMap: [
        {containerId: 0, hostId: 0, size: 1},
        {containerId: 'sys', hostId: 'bin', size: 1},
      ],
    };
    const maps = await shell('tr -s " " </proc/self/uid_map; tr -s " " </proc/self/gid_map', options);
    const expected = [
      [0, 0, 1],
      [1, 65534, 1],
      [0, 0, 1],
      [ids.get('sys'), ids.get('bin'), 1],
    ];
    assert.deepEqual(
      maps.split('\n').map(line => line.trim()),
      expected.map(line => line.join(' ')),
    );
  });

  test('as the caller sees its users, not as the command does', async () => {
    const users = path.join(temporaryDirectory(), 'passwd');
    writeFileSync(users, 'nobody:x:4711:4711::/:/bin/sh\n');
    const script = `import {runInNamespace} from 'namespawn';
      process.stdout.write((await runInNamespace('id', ['-u'], {uid: 'nobody'})).stdout);`;
    const line = `mount --bind ${users} /etc/passwd && exec "$0" --input-type=module -e "$1"`;
    const {stdout} = await runInNamespace('sh', ['-c', line, process.execPath, script]);
    assert.equal(stdout, '4711\n');
  });
});

describe('what names nobody is refused at once', () => {
  for (const [options, name] of [
    [{uid: 'namespawn-no-such-user'}, 'options.uid'],
    [{gid: 'namespawn-no-such-group'}, 'options.gid'],
    [{groups: [1, 'namespawn-no-such-group']}, 'options.groups[1]'],
    [{uid: '0'}, 'options.uid'],
    [{uid: ''}, 'options.uid'],
    [{gid: 'a\0b'}, 'options.gid'],
    [{uidMap: [{containerId: 0, hostId: 'namespawn-no-such-user', size: 1}]}, 'options.uidMap[0].hostId'],
  ] as const satisfies readonly (readonly [SpawnOptions, string])[]) {
    test(JSON.stringify(options), () => {
      assert.throws(
        () => spawnInNamespace('true', options),
        error => {
          assert.equal((error as NodeJS.ErrnoException).code, 'ERR_INVALID_ARG_VALUE');
          assert.ok((error as Error).message.includes(`'${name}' must be`), (error as Error).message);
          return true;
        },
      );
    });
  }

  test('a value of another type', () => {
    assert.throws(() => spawnInNamespace('true', {uid: true as never}), {
      code: 'ERR_INVALID_ARG_TYPE',
      message: /must be an integer or the name of a user/,
    });
  });
});
