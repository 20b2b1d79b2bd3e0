// Namespaces of other programs are entered, and other programs enter those that are made here.
import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {test} from 'node:test';
import {namespaceIds, namespacesOf, namespaceTypes, runInNamespace, spawnInNamespace} from 'namespawn';
import {eventually} from '../helpers/eventually.js';
import {leavesNothing} from '../helpers/leaks.js';
import {runUntilReady} from '../helpers/namespaces.js';
import {descendantsOf, statusOf} from '../helpers/processes.js';
import {needsProgram, needsRoot} from '../helpers/requirements.js';

const idsOf = (stdout: string): Record<string, number> =>
  Object.fromEntries([...stdout.matchAll(/(\w+):\[(\d+)\]/g)].map(([, type, id]) => [type, Number(id)]));
const script = `cd /proc/self/ns && readlink ${namespaceTypes.join(' ')}`;

test('namespaces that other programs have made', async () => {
  const options = [
    '--cgroup',
    '--ipc',
    '--mount',
    '--net',
    '--pid',
    '--fork',
    '--time',
    '--user',
    '--map-root-user',
    '--uts',
  ];
  await using running = await runUntilReady('unshare', [...options, 'sh', '-c', 'echo ready; exec sleep 1000']);
  const handles = namespacesOf(running.resident);
  const {stdout} = await runInNamespace('sh', ['-c', script.replace('/proc/self', `/proc/${running.resident}`)], {
    namespaces: {...handles, pid: 'inherit', mnt: 'inherit'},
  });
  const outside = namespaceIds(running.resident);
  for (const type of namespaceTypes) assert.equal(idsOf(stdout)[type], outside[type]);
  const child = spawnInNamespace('cat', [], {namespaces: handles, stdio: ['pipe', 'ignore', 'inherit']});
  await once(child, 'spawn');
  assert.deepEqual(namespaceIds(child.hostPid!), outside);
  child.stdin!.end();
  await once(child, 'close');
  for (const handle of Object.values(handles)) handle.close();
});

test('namespaces of bubblewrap', {skip: needsProgram('bwrap')}, async () => {
  const options = ['--unshare-all', '--uid', '0', '--gid', '0', '--dev-bind', '/', '/', '--proc', '/proc'];
  const args = [...options, '--hostname', 'wrapped', 'sh', '-c', 'echo $$; exec sleep 1000'];
  await leavesNothing(async () => {
    const bwrap = spawn('bwrap', args, {stdio: ['pipe', 'pipe', 'inherit']});
    const [line] = await once(bwrap.stdout!, 'data');
    // Its PID 1 is bwrap itself, whose child the shell is.
    const resident = await eventually(() => {
      const found = descendantsOf(bwrap.pid!).find(pid => statusOf(pid).NSpid!.endsWith(`\t${String(line).trim()}`));
      assert.ok(found);
      return found;
    });
    const handles = namespacesOf(resident);
    const command = `${script}; hostname`;
    const {stdout} = await runInNamespace('sh', ['-c', command], {namespaces: handles, join: {credentials: true}});
    const outside = namespaceIds(resident);
    assert.notEqual(outside.pid, namespaceIds(process.pid).pid);
    for (const type of namespaceTypes) assert.equal(idsOf(stdout)[type], outside[type], type);
    assert.match(stdout, /\nwrapped\n$/);
    for (const handle of Object.values(handles)) handle.close();
    process.kill(resident, 'SIGKILL');
    await once(bwrap, 'close');
  });
});

test('nsenter enters what was made here, with the same ids on both sides', async () => {
  const target = spawnInNamespace('sleep', ['1000'], {namespaces: namespaceTypes, uidMap: 'root', stdio: 'ignore'});
  await once(target, 'spawn');
  const words = ['--target', `${target.hostPid}`, '--all', '--preserve-credentials', '--', 'sh', '-c', script];
  const stdout = execFileSync('nsenter', words, {encoding: 'utf8'});
  const outside = namespaceIds(target);
  for (const type of namespaceTypes) assert.equal(idsOf(stdout)[type], outside[type]);
  target.killAll();
  await once(target, 'close');
});

test('a namespace of ip-netns(8), by its path', {skip: needsRoot() || needsProgram('ip')}, async () => {
  const name = `namespawn-test-${process.pid}`;
  execFileSync('ip', ['netns', 'add', name]);
  try {
    const {stdout} = await runInNamespace('ip', ['-o', 'link'], {namespaces: {net: `/run/netns/${name}`}});
    assert.match(stdout, /^1: lo:[^\n]*\n$/);
  } finally {
    execFileSync('ip', ['netns', 'delete', name]);
  }
});
