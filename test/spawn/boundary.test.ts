// The user namespace is the boundary: a command that is root in it has no privilege outside, even if it sees every process of the machine.
import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {runInNamespace, type SpawnOptions} from 'namespawn';
import {isRoot, needsRoot} from '../helpers/requirements.js';

// Real root maps ids that own nothing, as SECURITY.md recommends.
const range = [{containerId: 0, hostId: 100_000, size: 10}];
const ids: SpawnOptions = isRoot ? {uidMap: range, gidMap: range} : {uidMap: 'root'};
// Without a PID namespace the command sees Node and all other processes.
const visible: SpawnOptions = {...ids, namespaces: ['user', 'uts']};

/** Returns the output of the lines of the script that succeed. */
async function succeeding(lines: readonly string[]): Promise<string[]> {
  const script = lines.map((line, index) => `(${line}) >/dev/null 2>&1 && echo ${index}`).join('\n');
  const {stdout} = await runInNamespace('sh', ['-c', `${script}\n:`], visible);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map(index => lines[Number(index)]!);
}

describe('root of a user namespace, without a PID namespace,', () => {
  test('sees Node, and is root', async () => {
    const node = `grep -q node /proc/${process.pid}/comm`;
    const root = 'test $(id -u) = 0';
    // Otherwise the tests below would prove nothing.
    assert.deepEqual(await succeeding([node, root, 'cat /proc/self/environ', 'readlink /proc/self/fd/0']), [
      node,
      root,
      'cat /proc/self/environ',
      'readlink /proc/self/fd/0',
    ]);
  });

  test("reads none of Node's memory, environment and descriptors", async () => {
    const proc = `/proc/${process.pid}`;
    const attempts = [
      `cat ${proc}/environ`,
      `cat ${proc}/maps`,
      `dd if=${proc}/mem bs=1 count=1 skip=4194304`,
      `readlink ${proc}/exe`,
      `ls ${proc}/root/`,
      ...[0, 1, 2].map(fd => `readlink ${proc}/fd/${fd}`),
      `ls ${proc}/map_files`,
    ];
    assert.deepEqual(await succeeding(attempts), []);
  });

  test("enters none of Node's namespaces", async () => {
    const attempts = ['mnt', 'net', 'ipc', 'pid', 'user'].map(
      type => `nsenter --${type === 'mnt' ? 'mount' : type}=/proc/${process.pid}/ns/${type} true`,
    );
    assert.deepEqual(await succeeding(attempts), []);
  });

  test('changes nothing that belongs to the outer user namespace', async () => {
    const attempts = [
      'mount -t tmpfs none /mnt',
      'mount -o remount,ro /',
      'unshare --mount --net sh -c "nsenter --net=/proc/1/ns/net true"',
      'echo 1 >/proc/sys/kernel/ns_last_pid',
      'echo x >/proc/sys/kernel/core_pattern',
      'chroot /proc/1/root true',
      'mknod /tmp/namespawn-test-device b 7 0',
    ];
    assert.deepEqual(await succeeding(attempts), []);
  });

  test('signals no process of another user', {skip: needsRoot()}, async () => {
    assert.deepEqual(await succeeding([`kill -0 ${process.pid}`, 'kill -0 1', `renice 19 ${process.pid}`]), []);
  });
});
