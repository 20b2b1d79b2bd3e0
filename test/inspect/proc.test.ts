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

test('a /proc of another PID namespace is refused, clearly, unless it is named', () => {
  const answer = runInside(`
    import * as namespawn from 'namespawn';
    const said = {};
    for (const [name, call] of Object.entries({
      listNamespaces: () => namespawn.listNamespaces(),
      listProcesses: () => namespawn.listProcesses(),
      getNamespacePids: () => namespawn.getNamespacePids(1),
      namespaceIds: () => namespawn.namespaceIds(1),
    })) {
      try { call(); } catch ({code, message}) { said[name] = code + ' ' + message; }
    }
    const outside = namespawn.listProcesses(undefined, {proc: '/proc'});
    const self = outside.find(({command}) => command.includes('--input-type=module') && command.startsWith(process.execPath));
    console.log(JSON.stringify({
      said,
      pid: process.pid,
      processes: outside.length,
      pids: self?.pids,
      // Inside there is one namespace of the outer procfs's whose numbers are known: the caller's own.
      translated: namespawn.translatePid(1, {proc: '/proc'}),
      ids: namespawn.namespaceIds(self.pid, {proc: '/proc'}).pid === self.namespaces.pid,
      byIoctl: namespawn.translationMethod() === 'ioctl' ? namespawn.toHostPid(1, 'host') : 1,
    }));`);
  for (const message of Object.values(answer.said as object)) {
    assert.match(message, /^ERR_PROC_NAMESPACE_MISMATCH \/proc does not show the PID namespace of this process \(1\)/);
  }
  assert.equal(Object.keys(answer.said as object).length, 4);
  assert.equal(answer.pid, 1);
  assert.ok(Number(answer.processes) > 1);
  assert.equal((answer.pids as number[]).at(-1), 1);
  assert.equal((answer.pids as number[]).length, 2);
  assert.equal(answer.translated, 1);
  assert.equal(answer.ids, true);
  assert.equal(answer.byIoctl, 1);
});

test('another procfs than /proc, by its own numbers', async () => {
  const mount = mkdtempSync(path.join(tmpdir(), 'namespawn-'));
  const answer = runInside(
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
  assert.deepEqual(answer.pids, [1, answer.child]);
  assert.deepEqual(answer.levels, [answer.child]);
  assert.equal(answer.translated, answer.child);
  assert.equal(answer.methods, 'proc');
  assert.equal(answer.uid, 0);
  assert.deepEqual(answer.namespaces, [[answer.own, 2, 1]]);
  assert.equal(answer.open, answer.own);
  assert.equal(answer.identity, true);
  assert.deepEqual(answer.tree, [2]);
  rmdirSync(mount);
});

test('the limits of a namespace', () => {
  const answer = runInside(
    `
    import {readFileSync} from 'node:fs';
    import {namespaceLimits, translationMethod} from 'namespawn';
    const limits = namespaceLimits();
    console.log(JSON.stringify({...limits, kernel: Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'))}));`,
    ['--mount-proc', '--uts'],
  );
  assert.equal(answer.pidMax, answer.kernel);
  assert.equal(answer.pidDepth, 0);
  assert.equal(answer.maxPidDepth, 32);
  const {max, inUse} = answer as {max: Record<string, number>; inUse: Record<string, number>};
  assert.ok(max.pid! > 0 && max.user! > 0);
  // At least those that were made for this test.
  assert.ok(inUse.pid! >= 1 && inUse.uts! >= 1 && inUse.mnt! >= 1, JSON.stringify(inUse));
});

test('400 listings while processes come and go', async () => {
  // A fork loop at full speed, some of it in namespaces of its own.
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
      // Who lives in our PID namespace has one number, and who lives below has more.
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
