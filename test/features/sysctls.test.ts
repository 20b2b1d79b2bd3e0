// The options `sysctls` and `oomScoreAdj`.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {describe, test} from 'node:test';
import {createSandbox, type NamespaceError, runInNamespace, type SpawnOptions} from 'namespawn';
import {kernelLacks} from '../helpers/kernel.js';
import {needsRoot, needsUser} from '../helpers/requirements.js';
import {shell} from '../helpers/shell.js';

const all: SpawnOptions = {namespaces: ['user', 'pid', 'mnt', 'net', 'ipc'], uidMap: 'root'};

describe('sysctls', () => {
  test('those of a net namespace are set inside, and only there', async () => {
    const file = '/proc/sys/net/ipv4/ip_default_ttl';
    const before = readFileSync(file, 'utf8');
    const sysctls = {'net.ipv4.ip_default_ttl': 33, 'net/ipv4/conf/lo/forwarding': '1'};
    const script = `cat ${file} /proc/sys/net/ipv4/conf/lo/forwarding`;
    assert.equal(await shell(script, {...all, sysctls}), '33\n1');
    assert.equal(readFileSync(file, 'utf8'), before);
  });

  const skip = kernelLacks('settings of an ipc namespace for its root');
  test('those of an ipc namespace need its root', {skip}, async () => {
    const sysctls = {
      'kernel.shmmax': 65_536,
      'kernel.msgmax': 4096,
      'kernel.sem': '32 32 32 8',
      'fs.mqueue.msg_max': 7,
    };
    const script = 'cd /proc/sys; cat kernel/shmmax kernel/msgmax kernel/sem fs/mqueue/msg_max';
    assert.deepEqual((await shell(script, {...all, sysctls})).split(/\s+/), '65536 4096 32 32 32 8 7'.split(' '));
  });

  test('an ordinary user that is not root inside gets a hint', {skip: needsUser()}, async () => {
    const options: SpawnOptions = {namespaces: ['ipc'], sysctls: {'kernel.shmmax': 65_536}};
    const error: NamespaceError = await runInNamespace('true', [], options).catch(reason => reason);
    assert.deepEqual([error.code, error.step, error.path], ['EACCES', 'sysctls', '/proc/sys/kernel/shmmax']);
    assert.match(error.hint!, /uidMap: 'root'/);
  });

  test('what does not belong to a namespace of its own is refused', () => {
    const refused: [string, RegExp][] = [
      ['kernel.core_pattern', /does not belong to a namespace/],
      ['kernel.shmmax/../core_pattern', /does not belong to a namespace/],
      ['net/../kernel/core_pattern', /does not belong to a namespace/],
      ['net', /does not belong to a namespace/],
      ['net..ipv4', /does not belong to a namespace/],
      ['user.max_user_namespaces', /does not belong to a namespace/],
      ['kernel.pid_max', /does not belong to a namespace/],
      ['vm.overcommit_memory', /does not belong to a namespace/],
      ['kernel.hostname', /use options\.hostname/],
      ['kernel/domainname', /use options\.domainname/],
    ];
    for (const [name, message] of refused) {
      const options = {...all, sysctls: {[name]: '1'}};
      assert.throws(() => runInNamespace('true', [], options), {code: 'ERR_INVALID_ARG_VALUE', message});
    }
    const sysctls = {'net.ipv4.ip_forward': 1};
    assert.throws(() => runInNamespace('true', [], {namespaces: ['user', 'ipc'], sysctls}), /needs 'net'/);
    assert.throws(
      () => runInNamespace('true', [], {namespaces: ['user', 'net'], sysctls: {'kernel.sem': '1'}}),
      /needs 'ipc'/,
    );
    assert.throws(() => runInNamespace('true', [], {...all, sysctls: {'net.a': true as unknown as number}}), {
      code: 'ERR_INVALID_ARG_TYPE',
    });
  });

  test('a setting that the kernel does not have, and a value that it refuses', async () => {
    for (const [name, value, code] of [
      ['net.ipv4.nothing', 1, 'ENOENT'],
      ['net.ipv4.ip_default_ttl', 'many', 'EINVAL'],
    ] as const) {
      const options = {...all, sysctls: {[name]: value}};
      const error: NamespaceError = await runInNamespace('true', [], options).catch(reason => reason);
      assert.deepEqual([error.code, error.step], [code, 'sysctls']);
      assert.notEqual(error.hint, undefined);
    }
  });
});

describe('oomScoreAdj', () => {
  const look = 'cat /proc/self/oom_score_adj';

  test('holds for every command of a sandbox, and not for this process', async () => {
    const before = readFileSync('/proc/self/oom_score_adj', 'utf8');
    await using sandbox = await createSandbox({oomScoreAdj: 700, uidMap: 'root'});
    const {stdout} = await sandbox.run('sh', ['-c', look]);
    assert.equal(stdout, '700\n');
    assert.equal(readFileSync('/proc/self/oom_score_adj', 'utf8'), before);
  });

  test('only real root may lower it', async () => {
    const value = Number(readFileSync('/proc/self/oom_score_adj', 'utf8'));
    const options: SpawnOptions = {namespaces: ['user', 'pid', 'mnt'], oomScoreAdj: Math.max(value - 10, -1000)};
    const error: NamespaceError = await runInNamespace('true', [], options).catch(reason => reason);
    assert.deepEqual([error.code, error.step], ['EACCES', 'oomScoreAdj']);
    assert.match(error.hint!, /CAP_SYS_RESOURCE/);
  });

  test('root takes the value of another user along', {skip: needsRoot()}, async () => {
    assert.equal(await shell(look, {oomScoreAdj: 300, uid: 54_321, gid: 54_321}), '300');
  });

  test('values that do not exist are refused', () => {
    for (const value of [1001, -1001, 0.5]) {
      assert.throws(() => runInNamespace('true', [], {oomScoreAdj: value}), {code: 'ERR_OUT_OF_RANGE'});
    }
  });
});
