// The options `disableUserNamespaces` and `parentDeathSignal`.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {readlinkSync} from 'node:fs';
import {describe, test} from 'node:test';
import {
  createSandbox,
  type NamespaceError,
  openNamespace,
  runInNamespace,
  type SpawnOptions,
  spawnInNamespace,
} from 'namespawn';
import {leavesNothing} from '../helpers/leaks.js';
import {testProgram} from '../helpers/programs.js';
import {needsRoot} from '../helpers/requirements.js';
import {shell} from '../helpers/shell.js';

const disabled = {namespaces: ['user', 'pid', 'mnt'], disableUserNamespaces: true} satisfies SpawnOptions;
// Prints a line for each way.
const attempts = `
  unshare --user true 2>&1
  echo 1000 >/proc/sys/user/max_user_namespaces
  unshare --user --map-root-user true 2>&1
  unshare --user sh -c 'unshare --user true' 2>&1
  true`;

describe('disableUserNamespaces', () => {
  const circumstances: Record<string, SpawnOptions> = {
    'as itself': {},
    'as root inside, who can write the limit': {uidMap: 'root'},
    'with all capabilities': {uidMap: 'root', capabilities: 'all'},
    'without an init': {init: false},
    'without a PID namespace': {namespaces: ['user', 'mnt']},
    'in a root that is read-only': {root: 'readonly'},
    'in a root of its own': {root: {bind: '/'}, uidMap: 'root'},
  };
  for (const [name, options] of Object.entries(circumstances)) {
    test(`${name}: none can be created, whatever the command writes`, async () => {
      const seen = (await shell(attempts, {...disabled, ...options, stdio: ['ignore', 'pipe', 'ignore']})).split('\n');
      assert.equal(seen.length, 3);
      for (const line of seen) assert.match(line, /^unshare: .*No space left on device$/);
    });
  }

  test('the ids stay the same, and root has no capability over the other namespaces', async () => {
    const script = 'id -u; id -g; hostname other 2>&1; cat /proc/self/uid_map';
    const before = await shell('cat /proc/self/uid_map', {uidMap: 'root'});
    assert.match(before, /^\s+0\s+\d+\s+1$/);
    const options: SpawnOptions = {...disabled, namespaces: ['user', 'pid', 'mnt', 'uts'], uidMap: 'root'};
    assert.match(await shell(script, options), /^0\n0\n.*\n\s+0\s+0\s+1$/);
  });

  test('whole ranges of ids are the same inside', {skip: needsRoot()}, async () => {
    const uidMap = [{containerId: 0, hostId: 300_000, size: 1000}];
    const options: SpawnOptions = {...disabled, uidMap, gidMap: uidMap, uid: 7, gid: 8, groups: [9]};
    assert.equal(await shell('id -u; id -g; id -G; cat /proc/self/setgroups', options), '7\n8\n8 9\nallow');
  });

  test('every command of a sandbox is in the same one, at the same time as well', async () => {
    await using sandbox = await createSandbox(disabled);
    const look = (): Promise<{stdout: string}> =>
      sandbox.run('sh', ['-c', `readlink /proc/self/ns/user; ${attempts}`], {stdio: ['ignore', 'pipe', 'ignore']});
    const [first, second] = await Promise.all([look(), look()]);
    assert.equal(first.stdout, second.stdout);
    assert.equal(first.stdout.match(/No space left on device/g)?.length, 3);
  });

  test("the child's user namespace is that of the command", async () => {
    const child = spawnInNamespace('cat', disabled);
    await once(child, 'spawn');
    using handle = openNamespace(child, 'user');
    assert.equal(child.namespaces.user, handle.id);
    assert.equal(readlinkSync(`/proc/${child.hostPid}/ns/user`), `user:[${handle.id}]`);
    child.stdin!.end();
    await once(child, 'close');
  });

  test('without a /proc inside it fails, and nothing is left', async () => {
    const mounts = [{type: 'tmpfs', destination: '/proc'}] as const;
    await leavesNothing(async () => {
      const error: NamespaceError = await runInNamespace('true', [], {...disabled, mounts}).catch(reason => reason);
      assert.deepEqual([error.code, error.step], ['ENOENT', 'disableUserNamespaces']);
      assert.match(error.hint!, /no \/proc/);
    });
  });
});

describe('parentDeathSignal', () => {
  test('is SIGKILL by default under a supervisor, and none under an init', async () => {
    const of = async (options: SpawnOptions): Promise<string> =>
      (await runInNamespace(testProgram('death-signal'), [], options)).stdout.trim();
    assert.equal(await of({namespaces: []}), '9');
    assert.equal(await of({namespaces: [], parentDeathSignal: 'SIGUSR1'}), '10');
    assert.equal(await of({}), '0');
    assert.equal(await of({parentDeathSignal: 15, uidMap: 'root'}), '15');
  });

  test('signals that do not exist are refused', () => {
    const parentDeathSignal = 'SIGNONE' as NodeJS.Signals;
    assert.throws(() => runInNamespace('true', [], {parentDeathSignal}), {code: 'ERR_UNKNOWN_SIGNAL'});
  });
});
