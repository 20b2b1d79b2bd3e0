// A /sys that shows the network namespace of the command.
import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {describe, test} from 'node:test';
import {createNamespaces, runInNamespace, type SpawnOptions} from 'namespawn';
import {needsRoot, needsUser} from '../helpers/requirements.js';

const look = async (options: SpawnOptions, script = 'ls /sys/class/net'): Promise<string> =>
  (await runInNamespace('sh', ['-c', script], options)).stdout.trim();
const host = readdirSync('/sys/class/net').sort().join('\n');
const mountsBelow = (text: string): string[] =>
  [...text.matchAll(/^\S+ \S+ \S+ \S+ (\/sys\/fs\/cgroup\S*) .* - (\S+)/gm)]
    .map(([, path, type]) => `${path} ${type}`)
    .sort();

describe('mountSys', () => {
  test('is mounted where net and mnt are both new', async () => {
    assert.equal(await look({namespaces: ['net', 'mnt']}), 'lo');
    assert.equal(await look({namespaces: ['net', 'mnt', 'pid'], loopback: false}), 'lo');
    assert.equal(await look({namespaces: ['net', 'mnt', 'user'], uidMap: 'root'}), 'lo');
  });

  test('is not mounted otherwise, or where it is left out', async () => {
    for (const options of [
      {namespaces: ['net', 'mnt'], mountSys: false},
      {namespaces: ['net']},
      {namespaces: ['mnt']},
    ] as const) {
      assert.equal(await look(options), host);
    }
  });

  test('what is mounted below the old one stays', async () => {
    const inside = mountsBelow(await look({namespaces: ['net', 'mnt']}, 'cat /proc/self/mountinfo'));
    const outside = mountsBelow(readFileSync('/proc/self/mountinfo', 'utf8'));
    // The copies lie on the new /sys, and the originals below it.
    assert.deepEqual([...new Set(inside)], [...new Set(outside)]);
    // A command has a cgroup of its own there while it runs, where cgroups of version 2 can be made.
    const names = (await look({namespaces: ['net', 'mnt']}, 'ls /sys/fs/cgroup')).split('\n');
    assert.deepEqual(
      names.filter(name => !name.startsWith('namespawn-')),
      readdirSync('/sys/fs/cgroup').sort(),
    );
  });

  test('it is read-only where the old one is', async () => {
    const script = `mount -o remount,bind,ro /sys && exec "$0" --input-type=module -e "
      const {runInNamespace} = await import('namespawn');
      const {stdout} = await runInNamespace('grep', [' /sys sysfs ', '/proc/mounts'], {namespaces: ['net', 'mnt']});
      console.log(stdout);"`;
    const mounts = await look(
      {namespaces: ['mnt', 'user', 'pid'], uidMap: 'root', cwd: process.cwd()},
      script.replace('$0', process.execPath),
    );
    const last = mounts.split('\n').at(-1)!;
    assert.match(last, /^sysfs \/sys sysfs ro,nosuid,nodev,noexec,/);
  });

  test('for a network namespace that is joined', async () => {
    const {net, user} = await createNamespaces(['net', 'user'], {uidMap: 'root'});
    const namespaces = {net, user, mnt: 'new'} as const;
    assert.equal(await look({namespaces, mountSys: true}), 'lo');
    assert.equal(await look({namespaces}), host);
    net.close();
    user.close();
  });

  test('needs a mount namespace', async () => {
    const options: SpawnOptions = {namespaces: ['net'], mountSys: true};
    assert.throws(() => runInNamespace('true', options), {code: 'ERR_INVALID_ARG_VALUE'});
  });

  test('of the host, for root', {skip: needsRoot()}, async () => {
    assert.equal(await look({namespaces: ['mnt'], mountSys: true}), host);
  });

  test('a user namespace that does not own the network namespace', {skip: needsUser()}, async () => {
    await assert.rejects(look({namespaces: ['mnt', 'user'], mountSys: true}), {
      code: 'EPERM',
      step: 'mountSys',
      path: '/sys',
      hint: /does not own its network namespace/,
    });
  });
});
