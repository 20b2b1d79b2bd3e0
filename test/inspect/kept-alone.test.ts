// Namespaces that no process lives in, and that no link of /proc names: kept by a descriptor whose mount is gone, or by a socket.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {createServer} from 'node:net';
import path from 'node:path';
import {test} from 'node:test';
import {
  createNamespaces,
  listNamespaces,
  listProcesses,
  openNamespace,
  releaseNamespace,
  spawnInNamespace,
} from 'namespawn';
import * as sys from 'namespawn/sys';
import {namespawn} from '../helpers/commands.js';
import {needsRoot} from '../helpers/requirements.js';
import {temporaryDirectory} from '../helpers/temporary.js';

const find = (id: number) => listNamespaces().find(info => info.id === id);

test('kept by a descriptor after its bind mount is gone', {skip: needsRoot()}, async () => {
  const file = path.join(temporaryDirectory(), 'kept');
  for (const type of ['net', 'uts'] as const) {
    const made = await createNamespaces([type]);
    const first = (made as Record<string, typeof made.user>)[type]!;
    const {id} = first;
    first.persist(file);
    first.close();
    const handle = openNamespace({path: file}, type);
    releaseNamespace(file);
    const info = find(id);
    assert.equal(info?.type, type);
    assert.deepEqual(info.references, [{kind: 'fd', pid: process.pid, fd: handle.fd}]);
    assert.equal(info.path, `/proc/${process.pid}/fd/${handle.fd}`);
    assert.ok(info.owner);
    handle.close();
    assert.equal(find(id), undefined);
  }
});

test('a network namespace that a socket alone keeps', {skip: needsRoot()}, async () => {
  const {net} = await createNamespaces(['net']);
  const {id} = net;
  const own = openNamespace(process.pid, 'net');
  sys.setns(net.fd, 0);
  const server = createServer();
  try {
    server.listen(0);
  } finally {
    sys.setns(own.fd, 0);
  }
  net.close();
  const {fd} = (server as unknown as {_handle: {fd: number}})._handle;
  const info = find(id);
  assert.deepEqual(info?.references, [{kind: 'socket', pid: process.pid, fd}]);
  assert.equal(info.type, 'net');
  using owner = own.owner();
  assert.equal(info.owner, owner?.id);
  using again = openNamespace({socket: fd}, 'net');
  assert.equal(again.id, id);
  own.close();
  again.close();
  server.close();
  await once(server, 'close');
  assert.equal(find(id), undefined);
});

test('processes of a namespace of any type', async () => {
  const child = spawnInNamespace('sleep', ['1000'], {namespaces: ['net', 'uts', 'user', 'pid'], stdio: 'ignore'});
  await once(child, 'spawn');
  for (const type of ['net', 'uts', 'user', 'pid'] as const) {
    const at = `/proc/${child.hostPid}/ns/${type}`;
    using handle = openNamespace({path: at}, type);
    for (const target of [{path: at}, handle]) {
      const pids = listProcesses(target, {columns: ['pid']}).map(({pid}) => pid);
      assert.ok(pids.includes(child.hostPid!));
      assert.ok(!pids.includes(process.pid));
    }
    assert.match(namespawn('ps', at, '-o', 'pid'), new RegExp(`\\b${child.hostPid}\\b`));
  }
  child.killAll();
  await once(child, 'close');
});

test('ls: an id, columns, no headings, raw, persistent', async () => {
  const made = await createNamespaces(['uts', 'user'], {uidMap: 'root'});
  const {id} = made.uts;
  assert.match(namespawn('ls', `${id}`, '-n', '-o', 'ns,type,nprocs'), new RegExp(`^${id} uts +0\n$`));
  assert.equal(namespawn('ls', `${id}`, '-r', '-o', 'NS,TYPE,ONS'), `NS TYPE ONS\n${id} uts ${made.user.id}\n`);
  assert.equal(
    namespawn('ls', `${id}`, '-rn', '-o', 'COMMAND'),
    `(fd\\x20${made.uts.fd}\\x20of\\x20process\\x20${process.pid})\n`,
  );
  const persistent = namespawn('ls', '-P', '-rn', '-o', 'NS,NPROCS').trim().split('\n');
  assert.ok(persistent.includes(`${id} 0`));
  assert.ok(persistent.every(line => line.endsWith(' 0')));
  assert.throws(() => namespawn('ls', '-o', 'NS,NONE'), /unknown column 'NONE'/);
  for (const handle of Object.values(made)) handle.close();
});
