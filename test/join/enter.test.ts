// Entering namespaces that exist: by each kind of source, those of other programs, and what a command takes over from their processes.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, readlinkSync, rmSync} from 'node:fs';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import {
  createSandbox,
  forkInNamespace,
  type NamespacedProcess,
  namespaceIds,
  namespacesOf,
  namespaceTypes,
  openNamespace,
  runInNamespace,
  type SpawnOptions,
  spawnInNamespace,
} from 'namespawn';
import * as sys from 'namespawn/sys';
import {eventually} from '../helpers/eventually.js';
import {leavesNothing} from '../helpers/leaks.js';
import {isRoot} from '../helpers/requirements.js';
import {temporaryDirectory} from '../helpers/temporary.js';

const idsOf = (stdout: string): Record<string, number> =>
  Object.fromEntries([...stdout.matchAll(/(\w+):\[(\d+)\]/g)].map(([, type, id]) => [type, Number(id)]));
const script = `cd /proc/self/ns && readlink ${namespaceTypes.join(' ')}`;

describe('entering', () => {
  let target: NamespacedProcess;
  let ids: Record<string, number>;
  /** The target. */
  const residents = 1;

  before(async () => {
    target = spawnInNamespace('sh', ['-c', 'cd /etc; exec sleep 1000'], {
      namespaces: namespaceTypes,
      uidMap: 'root',
      hostname: 'target',
      env: {PATH: process.env.PATH, TARGET: 'yes', WHO: 'target'},
      stdio: 'ignore',
    });
    await once(target, 'spawn');
    await eventually(() => assert.equal(readlinkSync(`/proc/${target.hostPid}/cwd`), '/etc'));
    ids = namespaceIds(target);
  });

  after(async () => {
    target.killAll();
    await once(target, 'close');
  });

  const enter = async (
    namespaces: SpawnOptions['namespaces'],
    options: SpawnOptions = {},
    command = script,
  ): Promise<string> => {
    const {stdout} = await runInNamespace('sh', ['-c', command], {namespaces, ...options});
    return stdout.trim();
  };

  test("the environment of a process, from 'spawn' on", async () => {
    for (let round = 0; round < 50; round++) {
      const child = spawnInNamespace('sleep', ['1000'], {
        namespaces: ['user', 'pid'],
        env: {PATH: process.env.PATH, ROUND: `${round}`},
      });
      await once(child, 'spawn');
      const {stdout} = await runInNamespace('printenv', ['ROUND'], {
        namespaces: {user: child},
        join: {env: true},
        reject: false,
      });
      assert.equal(stdout, `${round}\n`);
      child.killAll();
      await once(child, 'close');
    }
  });

  test('all namespaces of a process, which is named in every way', async () => {
    const everywhere = (source: unknown): SpawnOptions['namespaces'] =>
      Object.fromEntries(namespaceTypes.map(type => [type, source]));
    const pidfd = sys.pidfdOpen(target.hostPid!);
    const expected = Object.fromEntries(namespaceTypes.map(type => [type, ids[type]]));
    await leavesNothing(async () => {
      const handles = namespacesOf(target);
      assert.deepEqual(idsOf(await enter(handles)), expected);
      for (const handle of Object.values(handles)) handle.close();
      for (const source of [target, target.hostPid!, {pidfd}]) {
        assert.deepEqual(idsOf(await enter(everywhere(source))), expected);
      }
      const paths = namespaceTypes.map(type => [type, `/proc/${target.hostPid}/ns/${type}`]);
      assert.deepEqual(idsOf(await enter(Object.fromEntries(paths))), expected);
    }, residents);
    sys.close(pidfd);
  });

  test('the command is a process of the PID namespace, and its PIDs are known', async () => {
    const child = spawnInNamespace('cat', [], {namespaces: namespacesOfTarget(), stdio: ['pipe', 'pipe', 'inherit']});
    await once(child, 'spawn');
    const {stdout} = spawnSync('grep', ['NSpid', `/proc/${child.hostPid}/status`], {encoding: 'utf8'});
    assert.deepEqual(stdout.trim().split(/\s+/).slice(1).map(Number), [child.hostPid, child.namespacePid]);
    assert.notEqual(child.pid, child.hostPid);
    child.stdin!.end();
    assert.deepEqual(await once(child, 'close'), [0, null]);
  });

  function namespacesOfTarget(): SpawnOptions['namespaces'] {
    return Object.fromEntries(namespaceTypes.map(type => [type, target]));
  }

  test('a command is user 0 there, or keeps its ids', async () => {
    assert.equal(await enter(namespacesOfTarget(), {}, 'id -u; id -g'), '0\n0');
    // Where the caller is mapped to 0, as here, both are the same; where 0 is not mapped, the ids stay.
    const identity = spawnInNamespace('sleep', ['1000'], {namespaces: ['user', 'mnt'], stdio: 'ignore'});
    await once(identity, 'spawn');
    const namespaces = {user: identity, mnt: identity};
    const own = `${process.geteuid!()}\n${process.getegid!()}`;
    assert.equal(await enter(namespaces, {}, 'id -u; id -g'), own);
    assert.equal(await enter(namespaces, {join: {credentials: true}}, 'id -u; id -g'), own);
    identity.killAll();
    await once(identity, 'close');
  });

  test('the working directory and the environment of the process', async () => {
    const namespaces = namespacesOfTarget();
    assert.equal(await enter(namespaces, {join: {cwd: true}}, 'pwd'), '/etc');
    assert.equal(await enter(namespaces, {join: {cwd: '/usr/bin'}}, 'pwd'), '/usr/bin');
    assert.equal(await enter(namespaces, {cwd: '/usr'}, 'pwd'), '/usr');
    assert.equal(await enter(namespaces, {join: {env: true}}, 'echo $TARGET $WHO'), 'yes target');
    assert.equal(await enter(namespaces, {join: {env: true}, env: {WHO: 'caller'}}, 'echo $TARGET $WHO'), 'yes caller');
    assert.equal(await enter(namespaces, {env: {PATH: process.env.PATH}}, 'echo $TARGET.'), '.');
    const handles = namespacesOf(target);
    assert.equal(await enter(handles, {join: {cwd: true, env: true}}, 'pwd; echo $WHO'), '/etc\ntarget');
    for (const handle of Object.values(handles)) handle.close();
  });

  test('the root directory, and a working directory outside of it', async () => {
    const root = temporaryDirectory();
    mkdirSync(path.join(root, 'etc'));
    for (const name of ['bin', 'lib', 'lib64', 'usr', 'proc']) mkdirSync(path.join(root, name));
    const setUp = ['bin', 'lib', 'lib64', 'usr', 'proc'].map(name => `mount --rbind /${name} ${root}/${name}`);
    const command = `${setUp.join(' && ')} && echo ready && exec chroot ${root} sleep 1000`;
    const chrooted = spawnInNamespace('sh', ['-c', command], {uidMap: 'root', stdio: ['ignore', 'pipe', 'inherit']});
    await once(chrooted.stdout!, 'data');
    await leavesNothing(async () => {
      await eventually(() => assert.equal(readlinkSync(`/proc/${chrooted.hostPid}/root`), root));
      const namespaces = Object.fromEntries(['user', 'mnt', 'pid'].map(type => [type, chrooted]));
      assert.match(await enter(namespaces, {}, 'ls /'), /\bhome\b/);
      assert.doesNotMatch(await enter(namespaces, {join: {root: true}}, 'ls /'), /\bhome\b/);
      const refusal = await enter(namespaces, {join: {root: '/etc', cwd: true}}).catch(({code, step}) => [code, step]);
      assert.deepEqual(refusal, ['EXDEV', 'join.root']);
    }, residents + 1);
    chrooted.killAll();
    await once(chrooted, 'close');
    rmSync(root, {recursive: true});
  });

  test('new namespaces beside joined ones, with an init, in a sandbox', async () => {
    await leavesNothing(async () => {
      const namespaces = {...namespacesOfTarget(), pid: 'new', mnt: 'new'} as const;
      await using sandbox = await createSandbox({namespaces});
      const {stdout} = await sandbox.run('sh', ['-c', `hostname; ps -e | grep -c .; ${script}`]);
      const [hostname, lines] = stdout.split('\n');
      assert.equal(hostname, 'target');
      assert.equal(lines, '5', 'a heading, nsinit, sh, ps and grep');
      const inside = idsOf(stdout);
      for (const type of namespaceTypes) assert.equal(inside[type] === ids[type], !['pid', 'mnt'].includes(type), type);
      // An ordinary user may not look into an nsinit that has joined others' namespaces.
      if (isRoot) assert.equal(namespaceIds(sandbox.pid).pid, inside.pid, 'the PID of the sandbox is that of its init');
      assert.equal(sandbox.processes().length, 1);
    }, residents);
  });

  test('fork() and a sandbox whose init is a supervisor', async () => {
    await leavesNothing(async () => {
      const child = forkInNamespace(new URL('../ipc/fixtures/answerer.js', import.meta.url), [], {
        namespaces: namespacesOfTarget(),
      });
      child.send({do: 'echo', value: 'hello'});
      const [message] = await once(child, 'message');
      assert.equal(message, 'hello');
      child.disconnect();
      await once(child, 'close');
      await using sandbox = await createSandbox({namespaces: namespacesOfTarget()});
      assert.equal((await sandbox.run('hostname')).stdout.trim(), 'target');
      assert.equal((await sandbox.run('hostname')).stdout.trim(), 'target');
    }, residents);
  });

  test('what cannot be joined is refused with the reason, and leaves nothing', async () => {
    const refused = (namespaces: unknown, pattern: RegExp, options: SpawnOptions = {}): void => {
      assert.throws(() => spawnInNamespace('true', [], {namespaces: namespaces as never, ...options}), pattern);
    };
    refused({net: 'blue'}, /absolute path/);
    refused({net: {}}, /PID/);
    refused({net: openNamespace(target, 'uts')}, /must be net, and it is uts/);
    refused({mnt: '/proc/self/ns/mnt', user: 'inherit'}, isRoot ? /process among/ : /join/, {join: {root: true}});
    if (!isRoot) refused({net: target, user: 'new'}, /new user namespace/);
    await leavesNothing(async () => {
      const all = (source: unknown) => Object.fromEntries(namespaceTypes.map(type => [type, source]));
      const code = (namespaces: unknown, options: SpawnOptions = {}): Promise<string> =>
        runInNamespace('true', [], {namespaces: namespaces as never, ...options}).then(
          () => 'ok',
          ({code, step}) => `${code} ${step}`,
        );
      assert.match(await code(all(4194303)), /^ESRCH namespaces\.cgroup$/);
      assert.equal(await code({...all(target), net: '/etc/passwd'}), 'EINVAL namespaces.net');
      assert.equal(await code(all(target), {join: {root: '/nonexistent'}}), 'ENOENT join.root');
    }, residents);
  });
});

test('namespaces that the caller is in are left out', async () => {
  const target = spawnInNamespace('sleep', ['1000'], {
    namespaces: ['user', 'uts'],
    hostname: 'shared',
    stdio: 'ignore',
  });
  await once(target, 'spawn');
  await leavesNothing(async () => {
    // The kernel refuses the shared ones to an ordinary user, and the caller's own user namespace to everybody.
    for (const source of [target, process.pid]) {
      const handles = namespacesOf(source);
      for (const namespaces of [handles, Object.fromEntries(namespaceTypes.map(type => [type, source]))]) {
        const {stdout} = await runInNamespace('sh', ['-c', script], {namespaces});
        const expected = namespaceIds(source);
        for (const type of namespaceTypes) assert.equal(idsOf(stdout)[type], expected[type], type);
      }
      for (const handle of Object.values(handles)) handle.close();
    }
  }, 1);
  target.killAll();
  await once(target, 'close');
});
