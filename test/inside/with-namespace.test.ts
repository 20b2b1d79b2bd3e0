// withNamespace: the thread is inside while the function runs, and back afterwards, whatever the function does.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {once} from 'node:events';
import {readlinkSync, statSync} from 'node:fs';
import {readlink} from 'node:fs/promises';
import {type AddressInfo, connect, createServer} from 'node:net';
import {hostname} from 'node:os';
import {after, before, describe, test} from 'node:test';
import {Worker} from 'node:worker_threads';
import {
  type NamespacedProcess,
  type NamespaceHandle,
  type NamespaceType,
  namespacesOf,
  namespaceTypes,
  openNamespace,
  spawnInNamespace,
  withNamespace,
} from 'namespawn';
import {leavesNothing} from '../helpers/leaks.js';
import {isRoot, needsRoot} from '../helpers/requirements.js';

const enterable: NamespaceType[] = ['net', 'uts', 'ipc', 'cgroup'];
const own = (type: NamespaceType): number => statSync(`/proc/thread-self/ns/${type}`).ino;
const ownIds = (): Record<string, number> => Object.fromEntries(namespaceTypes.map(type => [type, own(type)]));

describe('withNamespace', () => {
  let target: NamespacedProcess;
  let handles: Record<NamespaceType, NamespaceHandle>;
  /** The target and its handles. */
  const residents = 1;

  before(async () => {
    target = spawnInNamespace('sleep', ['1000'], {namespaces: namespaceTypes, hostname: 'inside', stdio: 'ignore'});
    await once(target, 'spawn');
    handles = namespacesOf(target);
  });
  after(async () => {
    for (const handle of Object.values(handles)) handle.close();
    target.killAll();
    await once(target, 'close');
  });
  const some = (...types: NamespaceType[]) => Object.fromEntries(types.map(type => [type, handles[type]]));

  describe('of each type that a thread may enter', {skip: needsRoot()}, () => {
    for (const type of enterable) {
      test(type, () => {
        const before = ownIds();
        assert.equal(
          withNamespace(handles[type], () => own(type)),
          handles[type].id,
        );
        assert.deepEqual(ownIds(), before);
      });
    }

    test('all of them at once, one within another, a thousand times, and nothing is left', async () => {
      const before = ownIds();
      await leavesNothing(async () => {
        for (let i = 0; i < 1000; i++) {
          withNamespace(some(...enterable), () => {
            assert.equal(hostname(), 'inside');
            assert.equal(own('net'), handles.net.id);
            withNamespace(handles.net, () => assert.equal(own('net'), handles.net.id));
            assert.equal(own('net'), handles.net.id);
          });
        }
      }, residents);
      assert.deepEqual(ownIds(), before);
      assert.notEqual(hostname(), 'inside');
    });
  });

  describe('always comes back', {skip: needsRoot()}, () => {
    test('if the function throws', () => {
      const before = ownIds();
      const reason = new Error('thrown');
      assert.throws(
        () =>
          withNamespace([handles.net, handles.uts], () => {
            throw reason;
          }),
        error => error === reason,
      );
      assert.deepEqual(ownIds(), before);
    });

    test('if the second namespace cannot be entered, with the function not called', () => {
      const before = ownIds();
      const notUts = {fd: handles.ipc.fd, type: 'uts' as const, id: handles.ipc.id};
      let isCalled = false;
      assert.throws(
        () =>
          withNamespace([handles.net, notUts], () => {
            isCalled = true;
          }),
        {code: 'EINVAL', syscall: 'setns', step: 'withNamespace', index: 1},
      );
      assert.equal(isCalled, false);
      assert.deepEqual(ownIds(), before);
    });

    test('if the function has given up the effective capabilities', () => {
      const before = ownIds();
      try {
        withNamespace(handles.net, () => process.seteuid!(65534));
      } finally {
        process.seteuid!(0);
      }
      assert.deepEqual(ownIds(), before);
    });

    test('in a Worker that is terminated meanwhile', async () => {
      // The thread of the Worker is gone then; what can be seen is that nothing crashes and no descriptor is left.
      await leavesNothing(async () => {
        const worker = new Worker(
          `const {workerData, parentPort} = require('node:worker_threads');
           import('namespawn').then(({withNamespace}) => withNamespace(workerData, () => {
             parentPort.postMessage('inside');
             for (;;);
           }));`,
          {eval: true, workerData: {fd: handles.net.fd, type: 'net', id: handles.net.id}},
        );
        await once(worker, 'message');
        await worker.terminate();
      }, residents);
    });

    test('or says so, if the function has given up the privilege for it', () => {
      const script = `
        const {withNamespace} = await import('namespawn');
        const handle = {fd: 3, type: 'net', id: ${handles.net.id}};
        try {
          withNamespace(handle, () => {process.setuid(65534); throw new Error('thrown')});
        } catch (error) {
          console.log(error.code, error.syscall, error.step, /still inside/.test(error.message), error.cause.message);
        }`;
      const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit', handles.net.fd],
        encoding: 'utf8',
      });
      assert.equal(output, 'EPERM setns withNamespace true thrown\n');
    });
  });

  test('what calls back later is outside', {skip: needsRoot()}, async () => {
    const outside = own('net');
    const server = createServer();
    const listening = once(server, 'listening');
    const {link, where} = withNamespace(handles.net, () => {
      server.listen(0, '127.0.0.1');
      return {
        link: readlink('/proc/thread-self/ns/net'),
        where: new Promise<number>(resolve => setImmediate(() => resolve(own('net')))),
      };
    });
    assert.equal(await link, `net:[${outside}]`);
    assert.equal(await where, outside);
    // It can be reached from here.
    await listening;
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
    server.close();
  });

  test('a mount namespace in a Worker', {skip: needsRoot()}, async () => {
    const other = spawnInNamespace('sleep', ['1000'], {namespaces: ['mnt'], stdio: 'ignore'});
    await once(other, 'spawn');
    const mnt = openNamespace(other, 'mnt');
    const worker = new Worker(
      `const {workerData, parentPort} = require('node:worker_threads');
       const {statSync, realpathSync} = require('node:fs');
       const own = () => statSync('/proc/thread-self/ns/mnt').ino;
       import('namespawn').then(({withNamespace}) => {
         const before = [own(), statSync('.').ino, statSync('/').ino];
         const inside = withNamespace(workerData, own);
         parentPort.postMessage({inside, before, after: [own(), statSync('.').ino, statSync('/').ino]});
       });`,
      {eval: true, workerData: {fd: mnt.fd, type: 'mnt', id: mnt.id}},
    );
    const [{inside, before, after}] = await once(worker, 'message');
    assert.equal(inside, mnt.id);
    assert.deepEqual(after, before);
    assert.equal(readlinkSync('/proc/self/ns/mnt'), `mnt:[${own('mnt')}]`);
    await worker.terminate();
    mnt.close();
    other.killAll();
    await once(other, 'close');
  });

  test('an ordinary user may not', {skip: isRoot && 'needs an ordinary user'}, () => {
    const before = ownIds();
    assert.throws(() => withNamespace(handles.net, () => assert.fail()), {
      code: 'EPERM',
      syscall: 'setns',
      step: 'withNamespace',
    });
    assert.deepEqual(ownIds(), before);
  });

  describe('refuses', () => {
    const refuses = (name: string, given: unknown, fn: unknown, expected: object): void => {
      test(name, () => {
        const before = ownIds();
        const value = typeof given === 'function' ? given() : given;
        assert.throws(() => withNamespace(value as NamespaceHandle, fn as () => void), expected);
        assert.deepEqual(ownIds(), before);
      });
    };
    const never = () => assert.fail('called');
    const invalid = {code: 'ERR_INVALID_ARG_VALUE'};
    for (const type of ['pid', 'user', 'time', 'mnt'] as const) {
      refuses(`${type} on the main thread`, () => handles[type], never, {
        ...invalid,
        message: new RegExp(`a ${type} namespace: `),
      });
    }
    refuses('all namespaces of a process', () => handles, never, invalid);
    refuses(
      'an async function',
      () => handles.net,
      async () => {},
      invalid,
    );
    refuses(
      'a generator function',
      () => handles.net,
      function* () {},
      invalid,
    );
    refuses('two namespaces of one type', () => [handles.net, handles.net], never, invalid);
    refuses('a handle under another type', () => ({net: handles.uts}), never, invalid);
    refuses('an unknown type', () => ({nett: handles.net}), never, invalid);
    refuses('no handle at all', {}, never, invalid);
    refuses('a PID', 1, never, {code: 'ERR_INVALID_ARG_TYPE'});
    refuses('no function', () => handles.net, undefined, {code: 'ERR_INVALID_ARG_TYPE'});
    test('a returned promise', {skip: needsRoot()}, () => {
      const before = ownIds();
      assert.throws(() => withNamespace(handles.net, () => Promise.reject(new Error('unseen'))), {
        code: 'ERR_INVALID_RETURN_VALUE',
      });
      assert.deepEqual(ownIds(), before);
    });
  });
});
