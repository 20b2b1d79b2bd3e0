// Namespaces that are kept by files, and those that are opened by a socket or by their unique id.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {closeSync, existsSync, mkdirSync, openSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import path from 'node:path';
import {describe, test} from 'node:test';
import {createNamespaces, namespaceTypes, openNamespace, releaseNamespace, runInNamespace} from 'namespawn';
import {startFixture} from '../../helpers/fixtures.js';
import {kernelLacks} from '../../helpers/kernel.js';
import {leavesNothing} from '../../helpers/leaks.js';
import {isRoot, needsRoot, needsUser} from '../../helpers/requirements.js';
import {temporaryDirectory} from '../../helpers/temporary.js';

describe('persist and releaseNamespace', {skip: needsRoot()}, () => {
  const directory = temporaryDirectory();
  const file = (name: string): string => path.join(directory, name);

  for (const type of namespaceTypes) {
    test(`${type}: nsenter enters it, and it lasts without the handle`, async () => {
      await leavesNothing(async () => {
        const handles = await createNamespaces([type]);
        const handle = (handles as Record<string, NonNullable<typeof handles.user>>)[type]!;
        const {id} = handle;
        handle.persist(file(type));
        assert.equal(statSync(file(type)).ino, id);
        if (type !== 'pid') {
          handle.close();
          const option = {mnt: 'mount'}[type as string] ?? type;
          const args = [`--${option}=${file(type)}`, 'readlink', `/proc/self/ns/${type}`];
          assert.equal(execFileSync('nsenter', args, {encoding: 'utf8'}).trim(), `${type}:[${id}]`);
          const {stdout} = await runInNamespace('readlink', [`/proc/self/ns/${type}`], {
            namespaces: {[type]: file(type)},
          });
          assert.equal(stdout.trim(), `${type}:[${id}]`);
        }
        releaseNamespace(file(type));
        assert.ok(!existsSync(file(type)));
        handle.close();
      });
    });
  }

  test('what unshare has kept is released, however often it was', () => {
    const at = file('unshared');
    writeFileSync(at, '');
    for (let i = 0; i < 2; i++) execFileSync('unshare', [`--net=${at}`, 'true']);
    using handle = openNamespace({path: at}, 'net');
    assert.throws(() => handle.persist(at), {code: 'EEXIST', step: 'persist', path: at});
    releaseNamespace(at);
    assert.ok(!existsSync(at));
  });

  test('a file that exists is used, through a link, too', () => {
    using handle = openNamespace(process.pid, 'uts');
    writeFileSync(file('exists'), '');
    symlinkSync('exists', file('link'));
    handle.persist(file('link'));
    assert.equal(statSync(file('exists')).ino, handle.id);
    assert.throws(() => releaseNamespace(file('link')), {code: 'EINVAL', step: 'release'});
    releaseNamespace(file('exists'));
  });

  test('errors say what to do, and leave no file', () => {
    using uts = openNamespace(process.pid, 'uts');
    using mnt = openNamespace(process.pid, 'mnt');
    const missing = {code: 'ENOENT', step: 'persist', path: file('no/file'), hint: /does not exist; create it first/};
    assert.throws(() => uts.persist(file('no/file')), missing);
    assert.throws(() => uts.persist(directory), {code: 'EISDIR', step: 'persist', hint: /name a file/});
    const own = {code: 'ELOOP', step: 'persist', path: file('mnt'), hint: /not younger than/};
    assert.throws(() => mnt.persist(file('mnt')), own);
    assert.ok(!existsSync(file('mnt')));
    assert.throws(() => releaseNamespace(file('mnt')), {code: 'ENOENT', step: 'release'});
    assert.throws(() => releaseNamespace(directory), {
      code: 'EINVAL',
      step: 'release',
      hint: /no namespace is mounted/,
    });
    assert.throws(() => releaseNamespace(`/proc/${process.pid}/ns/net`), {code: 'EINVAL', step: 'release'});
    for (const bad of [undefined, 1, {}]) {
      assert.throws(() => uts.persist(bad as string), {code: 'ERR_INVALID_ARG_TYPE'});
      assert.throws(() => releaseNamespace(bad as string), {code: 'ERR_INVALID_ARG_TYPE'});
    }
    assert.throws(() => uts.persist('a\0b'), {code: 'ERR_INVALID_ARG_VALUE'});
  });

  test('a mount namespace is refused on a shared mount point', async () => {
    const shared = file('shared');
    mkdirSync(shared);
    execFileSync('mount', ['--bind', shared, shared]);
    execFileSync('mount', ['--make-shared', shared]);
    // The kernel would have to mount it on the peer as well.
    const peer = file('peer');
    mkdirSync(peer);
    execFileSync('mount', ['--bind', shared, peer]);
    try {
      const {mnt} = await createNamespaces(['mnt']);
      assert.throws(() => mnt.persist(path.join(shared, 'mnt')), {code: 'EINVAL', hint: /is shared/});
      execFileSync('mount', ['--make-private', shared]);
      mnt.persist(path.join(shared, 'mnt'));
      releaseNamespace(path.join(shared, 'mnt'));
      mnt.close();
    } finally {
      execFileSync('umount', ['--recursive', shared]);
      execFileSync('umount', [peer]);
    }
  });
});

test('an ordinary user may not keep a namespace outside of its own mount namespace', {skip: needsUser()}, () => {
  using handle = openNamespace(process.pid, 'uts');
  const at = path.join(temporaryDirectory(), 'uts');
  assert.throws(() => handle.persist(at), {code: 'EPERM', step: 'persist', hint: /CAP_SYS_ADMIN.*; run as root/});
  assert.ok(!existsSync(at));
});

test('root of a user namespace keeps namespaces in its mount namespace', async () => {
  const at = path.join(temporaryDirectory(), 'net');
  const {next, process: child} = startFixture('keeper', [at], ['unshare', '--user', '--map-root-user', '--mount']);
  const {kept, seen, left} = await next<{kept: number; seen: string; left: boolean}>();
  assert.equal(seen, `net:[${kept}]`);
  assert.equal(left, false);
  child.stdin!.end();
});

test('openNamespace of a socket', async () => {
  const server = createServer().listen(0);
  const {fd} = (server as unknown as {_handle: {fd: number}})._handle;
  if (isRoot) {
    using net = openNamespace({socket: fd}, 'net');
    using own = openNamespace(process.pid, 'net');
    assert.ok(net.equals(own));
  } else {
    assert.throws(() => openNamespace({socket: fd}, 'net'), {code: 'EPERM', hint: /CAP_NET_ADMIN/});
  }
  assert.throws(() => openNamespace({socket: fd}, 'uts'), {code: 'ERR_INVALID_ARG_VALUE'});
  assert.throws(() => openNamespace({socket: -1}, 'net'), {code: 'ERR_INVALID_ARG_TYPE'});
  const file = openSync('/dev/null', 'r');
  assert.throws(() => openNamespace({socket: file}, 'net'), {code: 'ENOTTY', step: 'source.socket', hint: /no socket/});
  closeSync(file);
  server.close();
});

test('openNamespace of a unique id', {skip: kernelLacks('NS_GET_ID')}, async () => {
  const handles = await createNamespaces(['net', 'uts', 'user']);
  const {net, uts, user} = handles;
  const id = net.uniqueId!;
  assert.notEqual(uts.uniqueId, id);
  if (isRoot) {
    using again = openNamespace({id: net.id, uniqueId: id}, 'net');
    assert.ok(again.equals(net));
    assert.throws(() => openNamespace({id: net.id, uniqueId: id}, 'uts'), {code: 'ESTALE'});
  }
  using own = openNamespace(process.pid, 'net');
  using same = openNamespace({id: own.id, uniqueId: own.uniqueId!}, 'net');
  assert.ok(own.equals(same));
  assert.throws(() => openNamespace({id: own.id, uniqueId: 2n ** 60n}, 'net'), {
    code: 'ESTALE',
    hint: /no such namespace/,
  });
  assert.throws(() => openNamespace({id: 1, uniqueId: 1 as unknown as bigint}, 'net'), {code: 'ERR_INVALID_ARG_TYPE'});
  for (const handle of [net, uts, user]) handle.close();
});
