import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmdirSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {test} from 'node:test';
import {listNamespaces, listProcesses, namespaceIds} from 'namespawn';
import {unshareOptions} from '../helpers/namespaces.js';
import {scaled} from '../helpers/time.js';

/** Runs a module in new PID and mount namespaces, and returns what it wrote as JSON. */
function runInside(script: string, options: string[] = []): Record<string, unknown> {
  const {stdout, stderr} = spawnSync(
    'unshare',
    [
      ...unshareOptions,
      '--fork',
      '--pid',
      '--mount',
      ...options,
      process.execPath,
      '--input-type=module',
      '-e',
      script,
    ],
    {encoding: 'utf8'},
  );
  assert.match(stdout, /^\{/, stderr);
  return JSON.parse(stdout);
}

test('a /proc of another PID namespace is refused with a clear message, unless the option proc names it', () => {
  const result = runInside(`
    import * as namespawn from 'namespawn';
    const messages = {};
    for (const [name, call] of Object.entries({
      listNamespaces: () => namespawn.listNamespaces(),
      listProcesses: () => namespawn.listProcesses(),
      getNamespacePids: () => namespawn.getNamespacePids(1),
      namespaceIds: () => namespawn.namespaceIds(1),
    })) {
      try { call(); } catch ({code, message}) { messages[name] = code + ' ' + message; }
    }
    const outside = namespawn.listProcesses(undefined, {proc: '/proc'});
    const self = outside.find(({command}) => command.includes('--input-type=module') && command.startsWith(process.execPath));
    console.log(JSON.stringify({
      messages,
      pid: process.pid,
      processes: outside.length,
      pids: self?.pids,
      // The caller's own PID namespace is the only one of the outer procfs whose PIDs are known inside.
      translated: namespawn.translatePid(1, {proc: '/proc'}),
      ids: namespawn.namespaceIds(self.pid, {proc: '/proc'}).pid === self.namespaces.pid,
      byIoctl: namespawn.translationMethod() === 'ioctl' ? namespawn.toHostPid(1, 'host') : 1,
    }));`);
  for (const message of Object.values(result.messages as object)) {
    assert.match(message, /^ERR_PROC_NAMESPACE_MISMATCH \/proc does not show the PID namespace of this process \(1\)/);
  }
  assert.equal(Object.keys(result.messages as object).length, 4);
  assert.equal(result.pid, 1);
  assert.ok(Number(result.processes) > 1);
  assert.equal((result.pids as number[]).at(-1), 1);
  assert.equal((result.pids as number[]).length, 2);
  assert.equal(result.translated, 1);
  assert.equal(result.ids, true);
  assert.equal(result.byIoctl, 1);
});

test('the option proc names another procfs, whose PIDs are used', async () => {
  const mount = mkdtempSync(path.join(tmpdir(), 'namespawn-'));
  const result = runInside(
    `
    import {spawn, spawnSync} from 'node:child_process';
    import * as namespawn from 'namespawn';
    spawnSync('mount', ['-t', 'proc', 'proc', '${mount}']);
    const child = spawn('sleep', ['600']);
    const proc = '${mount}';
    const list = namespawn.listProcesses(undefined, {proc});
    console.log(JSON.stringify({
      pids: list.map(({pid}) => pid),
      commands: list.map(({command}) => command.split(' ')[0]),
      child: child.pid,
      levels: namespawn.getNamespacePids(child.pid, {proc}),
      uid: list[0].namespaceUid,
      translated: namespawn.translatePid(child.pid, {to: 1, proc}),
      methods: new namespawn.PidTranslator({proc}).method,
      namespaces: namespawn.listNamespaces({proc, types: ['pid']}).map(({id, processes, pid}) => [id, processes, pid]),
      own: namespawn.namespaceIds(1, {proc}).pid,
      open: namespawn.openNamespace(child.pid, 'pid', {proc}).id,
      identity: namespawn.processIdentity(child.pid, {proc}) === namespawn.processIdentity(child.pid, {proc}),
      tree: namespawn.namespaceTree({proc}).pid.map(({members}) => members.length),
    }));
    child.kill('SIGKILL');`,
  );
  assert.deepEqual(result.pids, [1, result.child]);
  assert.deepEqual(result.levels, [result.child]);
  assert.equal(result.translated, result.child);
  assert.equal(result.methods, 'proc');
  assert.equal(result.uid, 0);
  assert.deepEqual(result.namespaces, [[result.own, 2, 1]]);
  assert.equal(result.open, result.own);
  assert.equal(result.identity, true);
  assert.deepEqual(result.tree, [2]);
  rmdirSync(mount);
});

test('namespaceLimits returns the limits and the numbers of namespaces', () => {
  const result = runInside(
    `
    import {readFileSync} from 'node:fs';
    import {namespaceLimits, translationMethod} from 'namespawn';
    const limits = namespaceLimits();
    console.log(JSON.stringify({...limits, kernel: Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'))}));`,
    ['--mount-proc', '--uts'],
  );
  assert.equal(result.pidMax, result.kernel);
  assert.equal(result.pidDepth, 0);
  assert.equal(result.maxPidDepth, 32);
  const {max, inUse} = result as {max: Record<string, number>; inUse: Record<string, number>};
  assert.ok(max.pid! > 0 && max.user! > 0);
  // At least the namespaces that this test has created.
  assert.ok(inUse.pid! >= 1 && inUse.uts! >= 1 && inUse.mnt! >= 1, JSON.stringify(inUse));
});

test('400 listings succeed while processes start and end', async () => {
  // Loops that fork at full speed, one of them in new namespaces.
  const loop = 'while :; do /bin/true & /bin/true; done';
  const spawned = [
    spawn('sh', ['-c', loop], {stdio: 'ignore'}),
    spawn('unshare', [...unshareOptions, '--uts', '--pid', '--fork', '--kill-child', 'sh', '-c', loop], {
      stdio: 'ignore',
    }),
  ];
  await Promise.all(spawned.map(child => once(child, 'spawn')));
  const own = namespaceIds(process.pid);
  let seen = 0;
  for (let round = 0; round < scaled(200); round++) {
    const processes = listProcesses();
    const self = processes.find(({pid}) => pid === process.pid);
    assert.deepEqual(self?.namespaces, own);
    for (const {pids, namespaces, command, readable} of processes) {
      // A process in this PID namespace has one PID, and a process below has several.
      if (readable && namespaces.pid !== undefined)
        assert.equal(namespaces.pid === own.pid, pids.length === 1, command);
      if (pids.length > 1) seen++;
    }
    const namespaces = listNamespaces();
    assert.ok(namespaces.some(({type, id}) => type === 'net' && id === own.net));
    for (const {type, parent, id} of namespaces) if (type === 'pid') assert.notEqual(parent, id);
  }
  assert.ok(seen > 0);
  for (const child of spawned) child.kill('SIGKILL');
  await Promise.all(spawned.map(child => once(child, 'exit')));
});
