// Namespaces that are made without a command.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readFileSync, readlinkSync} from 'node:fs';
import {describe, test} from 'node:test';
import {
  type CreatedNamespaces,
  createNamespaces,
  listNamespaces,
  type NamespaceType,
  namespaceIds,
  namespaceTypes,
  runInNamespace,
  spawnInNamespace,
} from 'namespawn';
import {eventually} from '../../helpers/eventually.js';
import {leavesNothing} from '../../helpers/leaks.js';
import {childrenOf} from '../../helpers/processes.js';
import {isRoot} from '../../helpers/requirements.js';

const closeAll = (handles: object): void => {
  for (const handle of Object.values(handles as CreatedNamespaces)) handle.close();
};
const script = `cd /proc/self/ns && readlink ${namespaceTypes.join(' ')}`;
const idsOf = (stdout: string): number[] => [...stdout.matchAll(/\[(\d+)\]/g)].map(([, id]) => Number(id));
const isGone = (pid: number): Promise<void> => eventually(() => assert.ok(!existsSync(`/proc/${pid}`)));

describe('createNamespaces', () => {
  for (const uidMap of ['identity', 'root'] as const) {
    test(`all eight with the map ${uidMap}: a command joins them all`, async () => {
      await leavesNothing(async () => {
        const handles = await createNamespaces(namespaceTypes, {
          uidMap,
          hostname: 'made',
          timeOffsets: {boottime: 86400},
        });
        const own = namespaceIds(process.pid);
        for (const type of namespaceTypes) {
          assert.equal(handles[type].type, type);
          assert.notEqual(handles[type].id, own[type]);
        }
        const {stdout} = await runInNamespace('sh', ['-c', `${script}; uname -n; cut -d. -f1 /proc/uptime`], {
          namespaces: handles,
        });
        assert.deepEqual(
          idsOf(stdout),
          namespaceTypes.map(type => handles[type].id),
        );
        const [name, uptime] = stdout.trim().split('\n').slice(-2);
        assert.equal(name, 'made');
        assert.ok(Number(uptime) >= 86400);
        const {initPid} = handles.pid;
        closeAll(handles);
        await isGone(initPid!);
      });
    });
  }

  for (const type of namespaceTypes.filter(one => one !== 'pid')) {
    test(`${type} alone leaves no process, and the handle keeps it`, async () => {
      await leavesNothing(async () => {
        const handles = await createNamespaces([type]);
        const expected = type === 'user' || isRoot ? [type] : [type, 'user'].sort();
        assert.deepEqual(Object.keys(handles).sort(), expected);
        assert.deepEqual(childrenOf(), []);
        const handle = (handles as Record<NamespaceType, CreatedNamespaces['net']>)[type];
        assert.equal(handle.initPid, undefined);
        const info = listNamespaces({types: [type]}).find(({id}) => id === handle.id);
        assert.equal(info?.processes, 0);
        closeAll(handles);
      });
    });
  }

  test('the init of a PID namespace reaps, and ends with the handle', async () => {
    await leavesNothing(async () => {
      const handles = await createNamespaces(['pid', 'mnt', 'user']);
      const {pid} = handles;
      assert.equal(readFileSync(`/proc/${pid.initPid}/comm`, 'utf8').trim(), 'nsinit');
      const script = '(sleep 1000 &); exec sleep 1000';
      const child = spawnInNamespace('sh', ['-c', script], {namespaces: handles, stdio: 'ignore'});
      await once(child, 'spawn');
      const [orphan] = await eventually(() => {
        const children = childrenOf(pid.initPid!);
        assert.equal(children.length, 1);
        return children;
      });
      process.kill(orphan!, 'SIGKILL');
      await isGone(orphan!);
      pid.close();
      const [code, signal] = await once(child, 'close');
      assert.deepEqual([code, signal], [null, 'SIGKILL']);
      await isGone(pid.initPid!);
      closeAll(handles);
    });
  });

  test('a program that holds a PID namespace can end, and the init ends with it', async () => {
    const program = `
      import {createNamespaces} from 'namespawn';
      const handles = await createNamespaces(['pid']);
      console.log(handles.pid.initPid);`;
    const pid = Number(execFileSync(process.execPath, ['--input-type=module', '-e', program], {encoding: 'utf8'}));
    assert.ok(pid > 1);
    await isGone(pid);
  });

  test('nothing is left where a namespace cannot be made', async () => {
    await leavesNothing(async () => {
      await assert.rejects(createNamespaces(['time'], {timeOffsets: {boottime: -1e9}}), {step: 'timeOffsets'});
    });
  });

  test('arguments', async () => {
    const create = createNamespaces as (...args: unknown[]) => Promise<unknown>;
    await assert.rejects(create('net'), {code: 'ERR_INVALID_ARG_TYPE'});
    await assert.rejects(create([]), {code: 'ERR_INVALID_ARG_VALUE'});
    await assert.rejects(create(['nets']), {code: 'ERR_INVALID_ARG_VALUE'});
    await assert.rejects(create(['net'], {join: {}}), {code: 'ERR_INVALID_ARG_VALUE'});
    await assert.rejects(create(['net'], {hostname: 'x'}), {code: 'ERR_INVALID_ARG_VALUE'});
  });

  test('nsenter enters them', async () => {
    const handles = await createNamespaces(['net', 'user'], {uidMap: 'root'});
    const paths = [
      `--net=/proc/${process.pid}/fd/${handles.net.fd}`,
      `--user=/proc/${process.pid}/fd/${handles.user.fd}`,
    ];
    const seen = execFileSync('nsenter', [...paths, '--preserve-credentials', 'readlink', '/proc/self/ns/net'], {
      encoding: 'utf8',
    });
    assert.equal(seen.trim(), `net:[${handles.net.id}]`);
    assert.notEqual(seen.trim(), readlinkSync('/proc/self/ns/net'));
    closeAll(handles);
  });
});
