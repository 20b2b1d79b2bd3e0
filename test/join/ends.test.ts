// How commands that have entered namespaces end: with Node, with what they leave behind, and where the init of the target has ended.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {describe, test} from 'node:test';
import {
  type NamespacedProcess,
  type NamespacesOption,
  namespacesOf,
  namespaceTypes,
  runInNamespace,
  spawnInNamespace,
} from 'namespawn';
import {needsOwnCgroup} from '../helpers/cgroups.js';
import {eventually} from '../helpers/eventually.js';
import {finished} from '../helpers/finished.js';
import {startFixture} from '../helpers/fixtures.js';
import {leavesNothing} from '../helpers/leaks.js';
import {findProcesses, statusOf, uniqueDuration} from '../helpers/processes.js';

const startTarget = async (): Promise<NamespacedProcess> => {
  const target = spawnInNamespace('sleep', ['1000'], {namespaces: namespaceTypes, uidMap: 'root', stdio: 'ignore'});
  await once(target, 'spawn');
  return target;
};
const allOf = (source: NamespacedProcess | number): NamespacesOption =>
  Object.fromEntries(namespaceTypes.map(type => [type, source]));

describe('an orphan of a command', () => {
  const needed = needsOwnCgroup();
  for (const namespaces of [namespaceTypes, ['pid', 'user'] as const]) {
    test(`belongs to the init of the target, or ends with the cgroup: ${namespaces.join(' ')}`, async () => {
      const marker = uniqueDuration();
      const target = await startTarget();
      await leavesNothing(async () => {
        const child = spawnInNamespace('sh', ['-c', `setsid sleep ${marker} </dev/null & echo ready; read line`], {
          namespaces: Object.fromEntries(namespaces.map(type => [type, target])),
          stdio: ['pipe', 'pipe', 'inherit'],
        });
        await once(child.stdout!, 'data');
        await eventually(() =>
          assert.deepEqual(findProcesses({marker}).filter(({command}) => / sleep /.test(command)).length, 1),
        );
        child.stdin!.end('\n');
        // It holds the pipe of standard output, and does not delay 'close'.
        assert.equal((await finished(child)).code, 0);
        const left = findProcesses({marker});
        // Without a cgroup it is a child of PID 1 of the target, not of a process here.
        if (needed === false) assert.deepEqual(left, []);
        else assert.deepEqual([left.length, Number(statusOf(left[0]!.pid).PPid)], [1, target.pid]);
      }, 1);
      target.killAll();
      await once(target, 'close');
      assert.deepEqual(findProcesses({marker}), []);
    });
  }
});

test('a command in the namespaces of others dies with Node, and they do not', async () => {
  const target = await startTarget();
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    const marker = uniqueDuration();
    const namespaces = allOf(target.hostPid!);
    const fixture = startFixture('spawner', ['wait', marker, JSON.stringify({namespaces})]);
    const exit = once(fixture.process, 'exit');
    const {hostPid} = await fixture.next<{hostPid: number}>();
    assert.match(readFileSync(`/proc/${hostPid}/status`, 'utf8'), /^NSpid:\t\d+\t\d+$/m);
    fixture.process.kill(signal);
    await exit;
    // Where the command has no cgroup, the init of the target has its orphans, as after the command's own end.
    const isCommand = ({pid}: {pid: number}): boolean => pid === hostPid || needsOwnCgroup() === false;
    await eventually(() => assert.deepEqual(findProcesses({marker}).filter(isCommand), []));
    await eventually(() => assert.deepEqual(findProcesses({session: fixture.process.pid!}), []));
  }
  assert.equal((await runInNamespace('echo', ['on'], {namespaces: allOf(target)})).stdout, 'on\n');
  target.killAll();
  await once(target, 'close');
});

test('a target that has ended is explained, and what remains of it can be entered', async () => {
  await leavesNothing(async () => {
    const target = await startTarget();
    const handles = namespacesOf(target);
    const {stdout: hostname} = await runInNamespace('hostname', [], {namespaces: handles});
    target.killAll();
    await once(target, 'close');
    await assert.rejects(runInNamespace('true', [], {namespaces: handles}), {
      code: 'ENOMEM',
      step: 'namespaces.pid',
      hint: /the init of the PID namespace has ended.*start a new one/,
    });
    await assert.rejects(runInNamespace('true', [], {namespaces: allOf(target)}), {
      code: 'ESRCH',
      hint: /the process has ended.*keep a namespace by a handle/,
    });
    const without = {...handles, pid: 'inherit'} as const;
    assert.equal((await runInNamespace('hostname', [], {namespaces: without})).stdout, hostname);
    for (const handle of Object.values(handles)) handle.close();
  });
});
