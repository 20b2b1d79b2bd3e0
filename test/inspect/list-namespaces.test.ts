import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, mkdtempSync, openSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import {
  listNamespaces,
  listProcesses,
  type NamespacedProcess,
  type NamespaceInfo,
  namespaceIds,
  namespaceTree,
  namespaceTypes,
  openNamespace,
  spawnInNamespace,
} from 'namespawn';
import {lsns, namespawn} from '../helpers/commands.js';
import {inNewNamespaces, openDescriptors, type Running} from '../helpers/namespaces.js';
import {isRoot, needsRoot} from '../helpers/requirements.js';

const one = (type: string, id: number): NamespaceInfo | undefined =>
  listNamespaces().find(info => info.type === type && info.id === id);

describe('with 50 more namespaces', () => {
  const running: Running[] = [];
  const own: NamespacedProcess[] = [];
  const names = Array.from({length: 5}, (_, index) => `namespawn-test-${process.pid}-${index}`);

  before(async () => {
    // 45 namespaces are created by unshare(1) and by this library, and five by `ip netns`.
    for (let count = 0; count < 5; count++) {
      running.push(await inNewNamespaces(['--pid', '--uts', '--ipc', '--net', '--mount']));
    }
    for (let count = 0; count < 4; count++) {
      const child = spawnInNamespace('sleep', ['600'], {
        namespaces: ['pid', 'uts', 'ipc', 'net', 'mnt'],
        stdio: 'ignore',
      });
      await once(child, 'spawn');
      own.push(child);
    }
    if (isRoot) for (const name of names) execFileSync('ip', ['netns', 'add', name]);
  });
  after(async () => {
    for (const one of running) await one[Symbol.asyncDispose]();
    for (const child of own) {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    if (isRoot) for (const name of names) execFileSync('ip', ['netns', 'delete', name]);
  });

  test('namespawn ls agrees with lsns on ids, types, counts, pids, parents and owners', () => {
    // Other programs create and end namespaces meanwhile. What lsns prints both before and after must be listed.
    const row = ({ns, type, nprocs, pid, pns, ons}: ReturnType<typeof lsns>[number]) =>
      `${type} ${ns} ${nprocs} ${pid} parent ${pns || '-'} owner ${ons || '-'}`;
    const key = (line: string) => line.split(' ', 2).join(' ');
    for (let attempt = 0; ; attempt++) {
      const before = new Set(lsns().map(row));
      const {namespaces} = JSON.parse(namespawn('ls', '--json')) as {namespaces: NamespaceInfo[]};
      const lasting = lsns()
        .map(row)
        .filter(line => before.has(line))
        .sort();
      const keys = new Set(lasting.map(key));
      const ours = namespaces
        .map(
          ({id, type, processes, pid, parent, owner}) =>
            `${type} ${id} ${processes} ${pid} parent ${parent ?? '-'} owner ${owner ?? '-'}`,
        )
        .filter(line => keys.has(key(line)))
        .sort();
      assert.ok(lasting.length >= 45);
      if (String(ours) !== String(lasting) && attempt < 10) continue;
      assert.deepEqual(ours, lasting);
      // No other namespace may be listed, apart from those that were created or have ended meanwhile.
      const living = namespaces.filter(({processes}) => processes > 0).map(({type, id}) => `${type} ${id}`);
      const known = new Set(lsns().map(({type, ns}) => `${type} ${ns}`));
      const unknown = living.filter(name => !known.has(name));
      assert.ok(unknown.length === 0 || attempt < 10, String(unknown));
      if (unknown.length === 0) break;
    }
    const residents = [...running.map(({resident}) => resident), ...own];
    const ids = new Set(residents.flatMap(resident => Object.values(namespaceIds(resident))));
    assert.ok(ids.size >= 45);
  });

  test('a namespace of ip netns is found without a process in it, with its mount', {skip: needsRoot()}, () => {
    const found = listNamespaces({types: ['net']}).filter(({mounts}) =>
      mounts.some(mount => mount.includes(`namespawn-test-${process.pid}-`)),
    );
    assert.equal(found.length, names.length);
    for (const info of found) {
      assert.equal(info.processes, 0);
      assert.equal(info.pid, undefined);
      assert.equal(info.owner, namespaceIds(process.pid).user);
      assert.ok(info.references.some(({kind}) => kind === 'mount'));
      using handle = openNamespace({path: info.mounts[0]!}, 'net');
      assert.equal(handle.id, info.id);
    }
  });

  test('netnsid is the id of a namespace in the network stack', {skip: needsRoot()}, () => {
    execFileSync('ip', ['netns', 'set', names[0]!, '4711']);
    const found = listNamespaces({types: ['net']}).find(({netnsid}) => netnsid === 4711);
    assert.ok(found?.mounts.some(mount => mount.endsWith(names[0]!)));
  });
});

test('a namespace that only a descriptor keeps alive is found, with the descriptor', async () => {
  const running = await inNewNamespaces(['--uts']);
  const pid = running.resident;
  using handle = openNamespace(pid, 'uts');
  await running[Symbol.asyncDispose]();
  const info = one('uts', handle.id);
  assert.equal(info?.processes, 0);
  assert.deepEqual(info?.references, [{kind: 'fd', pid: process.pid, fd: handle.fd}]);
  using owner = handle.owner();
  assert.equal(info?.owner, owner?.id);
});

test('a user namespace without processes is found through its descendant', async () => {
  const running = await inNewNamespaces(['--user', '--map-root-user', '--uts']);
  const pid = running.resident;
  using handle = openNamespace(pid, 'uts');
  const user = namespaceIds(pid).user!;
  await running[Symbol.asyncDispose]();
  const info = one('user', user);
  assert.equal(info?.processes, 0);
  assert.deepEqual(info?.references, [{kind: 'namespace', type: 'uts', id: handle.id}]);
  assert.equal(info?.ownerUid, process.geteuid!());
  assert.equal(info?.parent, namespaceIds(process.pid).user);
});

test('a bind mount in another mount namespace is found', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'namespawn-'));
  const file = path.join(directory, 'a name with blanks');
  writeFileSync(file, '');
  const running = await inNewNamespaces(
    ['--user', '--map-root-user', '--mount'],
    `unshare --uts mount --bind /proc/self/ns/uts '${file}' && echo ready; exec sleep 600`,
  );
  const found = listNamespaces({types: ['uts']}).find(({mounts}) => mounts.includes(file));
  assert.equal(found?.processes, 0);
  assert.ok(found?.references.some(reference => reference.kind === 'mount' && reference.path === file));
  await running[Symbol.asyncDispose]();
  rmSync(directory, {recursive: true});
});

test('types and pid select namespaces', async () => {
  await using running = await inNewNamespaces(['--uts']);
  const pid = running.resident;
  const ids = namespaceIds(pid);
  const found = listNamespaces({pid, types: ['uts', 'net']});
  assert.deepEqual(
    found.map(({type, id}) => [type, id]),
    [
      ['net', ids.net],
      ['uts', ids.uts],
    ],
  );
  assert.equal(found[1]?.pid, pid);
  assert.equal(found[1]?.processes, 1);
  assert.match(found[1]?.command ?? '', /sleep 600$/);
  assert.deepEqual(
    listNamespaces({pid}).map(({type}) => type),
    namespaceTypes.filter(type => ids[type] !== undefined),
  );
  assert.throws(() => listNamespaces({types: ['network' as 'net']}), {code: 'ERR_INVALID_ARG_VALUE'});
});

test('a listing leaves no descriptor open', () => {
  const keep = openSync('/proc/self/ns/net', 'r');
  const count = openDescriptors();
  listNamespaces();
  assert.equal(openDescriptors(), count);
  closeSync(keep);
});

test('a process that does not exist is an error, as in lsns', () => {
  assert.throws(() => listNamespaces({pid: 999_999_999}), {
    code: 'ESRCH',
    step: 'source',
    hint: /^there is no such process/,
  });
});

test('a directory that is no mount of procfs is refused', () => {
  for (const proc of ['/tmp', '/proc/sys', '/no/such/directory']) {
    const expected = {code: 'ERR_INVALID_ARG_VALUE', message: /'options\.proc' must be the path of a mount of procfs/};
    assert.throws(() => listNamespaces({proc}), expected, proc);
    assert.throws(() => listProcesses(undefined, {proc}), expected, proc);
    assert.throws(() => namespaceTree({proc}), expected, proc);
  }
});
