// The option `capabilities`.
import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {createSandbox, runInNamespace, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {needsRoot, needsUser} from '../helpers/requirements.js';

const sets = async (options: SpawnOptions): Promise<Record<string, bigint>> => {
  const {stdout} = await runInNamespace('cat', ['/proc/self/status'], options);
  return Object.fromEntries(
    [...stdout.matchAll(/^Cap(\w+):\t(\w+)$/gm)].map(([, set, mask]) => [set, BigInt(`0x${mask}`)]),
  );
};

describe('capabilities', () => {
  test("'all': an ordinary user has those of its user namespace", {skip: needsUser()}, async () => {
    const {Eff, Amb, Inh, Bnd} = await sets({capabilities: 'all'});
    assert.deepEqual([Eff, Amb, Inh], [Bnd, Bnd, Bnd]);
    assert.notEqual(Eff, 0n);
    assert.deepEqual((await sets({})).Eff, 0n);
  });

  test("'all': they stay when the command becomes another user", {skip: needsRoot()}, async () => {
    const {Eff, Prm, Amb} = await sets({capabilities: 'all', uid: 54321, gid: 54321});
    assert.notEqual(Eff, 0n);
    assert.deepEqual([Amb, Prm], [Eff, Eff]);
    assert.equal((await sets({uid: 54321, gid: 54321})).Eff, 0n);
    assert.equal((await sets({})).Amb, 0n);
  });

  test('nsinit cannot be inspected by a command with capabilities, as anybody', async () => {
    const namespaces = ['user', 'pid', 'mnt'] as const;
    const script =
      'for file in exe cwd fd/0 ns/pid; do readlink /proc/1/$file; done; head -c1 /proc/1/mem; cat /proc/1/environ; id -u';
    const {stdout} = await runInNamespace('sh', ['-c', script], {namespaces, capabilities: 'all', reject: false});
    assert.equal(stdout, `${process.geteuid!()}\n`);
  });

  test('of a sandbox, they are those of all its commands', async () => {
    await using sandbox = await createSandbox({namespaces: ['user', 'pid', 'mnt'], capabilities: 'all'});
    const {stdout} = await sandbox.run('grep', ['CapAmb', '/proc/self/status']);
    assert.match(stdout, /\t0*[1-9a-f]/);
  });

  test('other values are refused', () => {
    for (const capabilities of ['none', [], true]) {
      assert.throws(() => spawnInNamespace('true', {capabilities: capabilities as 'all'}), {
        code: 'ERR_INVALID_ARG_VALUE',
      });
    }
  });
});
