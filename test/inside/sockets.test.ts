// listenIn and connectIn: sockets in a net namespace that Node is not in, for root and for the ordinary user who has made the namespace.
import assert from 'node:assert/strict';
import type {Socket as DgramSocket} from 'node:dgram';
import {once} from 'node:events';
import {existsSync, statSync} from 'node:fs';
import http from 'node:http';
import {type AddressInfo, connect, createServer, type Server, type Socket} from 'node:net';
import {after, before, describe, test} from 'node:test';
import {
  connectIn,
  listenIn,
  type NamespacedProcess,
  type NamespaceHandle,
  openNamespace,
  runInNamespace,
  spawnInNamespace,
} from 'namespawn';
import {leavesNothing} from '../helpers/leaks.js';
import {testProgram} from '../helpers/programs.js';
import {needsProgram} from '../helpers/requirements.js';

/** What the library has of the addon, as far as the tests call it themselves. */
interface Addon {
  protocol: {socketFlags: Record<string, number>};
  socketChannel(pair: Int32Array): number;
  socketAddress(host: string, port: number): Uint8Array | undefined;
  receiveSocket(channel: number, pid: number, net: number, type: number, flags: number, address: Uint8Array): number;
  close(fd: number): number;
}
const addon = new URL('../../dist/shared/native.js', import.meta.url).href;
const {native} = (await import(addon)) as {native: () => Addon};

const netOf = (type: string): number => statSync(`/proc/thread-self/ns/${type}`).ino;
const closed = (server: Server): Promise<unknown> => {
  const end = once(server, 'close');
  server.close();
  return end;
};

describe('sockets in another net namespace', () => {
  let target: NamespacedProcess;
  let net: NamespaceHandle;
  let user: NamespaceHandle;
  /** The target and its handles. */
  const residents = 1;

  before(async () => {
    target = spawnInNamespace('sleep', ['1000'], {namespaces: ['user', 'net'], uidMap: 'root', stdio: 'ignore'});
    await once(target, 'spawn');
    net = openNamespace(target, 'net');
    user = openNamespace(target, 'user');
  });
  after(async () => {
    net.close();
    user.close();
    target.killAll();
    await once(target, 'close');
  });

  const echo = async (options: {host?: string; port?: number; ipv6Only?: boolean} = {}): Promise<Server> => {
    const server = listenIn(net, {port: 0, ...options, server: createServer(socket => socket.pipe(socket))});
    await once(server, 'listening');
    return server;
  };
  const said = async (socket: Socket, text: string): Promise<string> => {
    socket.end(text);
    let all = '';
    for await (const chunk of socket.setEncoding('utf8')) all += chunk;
    return all;
  };

  test('TCP, from both sides, and Node stays where it is', async () => {
    const own = netOf('net');
    await leavesNothing(async () => {
      const server = await echo();
      const {port} = server.address() as AddressInfo;
      assert.equal(await said(connectIn(net, {port}), 'hello'), 'hello');
      // Nothing listens there outside.
      const [error] = (await once(connect(port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException];
      assert.equal(error.code, 'ECONNREFUSED');
      await closed(server);
    }, residents);
    assert.equal(netOf('net'), own);
  });

  test('a process inside reaches a server of Node outside', async () => {
    const server = listenIn(net, {
      port: 80,
      server: http.createServer((request, response) => response.end(`you want ${request.url}`)),
    });
    await once(server, 'listening');
    assert.ok(server instanceof http.Server);
    const script = "fetch('http://127.0.0.1/it').then(async r => process.stdout.write(await r.text()))";
    const {stdout} = await runInNamespace(process.execPath, ['-e', script], {namespaces: {user, net}});
    assert.equal(stdout, 'you want /it');
    await closed(server);
  });

  test('the wildcard address is that of both IPv6 and IPv4, or of IPv6 alone', async () => {
    if (!existsSync('/proc/net/if_inet6')) return;
    const both = await echo();
    const {port, family} = both.address() as AddressInfo;
    assert.equal(family, 'IPv6');
    for (const host of ['127.0.0.1', '::1']) assert.equal(await said(connectIn(net, {port, host}), host), host);
    await closed(both);
    const only = await echo({ipv6Only: true});
    const [error] = await once(connectIn(net, {port: (only.address() as AddressInfo).port}), 'error');
    assert.equal(error.code, 'ECONNREFUSED');
    await closed(only);
  });

  test('the length of the queue, and a port of several servers', {skip: needsProgram('ss')}, async () => {
    const server = listenIn(net, {port: 0, backlog: 5});
    const usual = listenIn(net, {port: 0, reusePort: true});
    await Promise.all([once(server, 'listening'), once(usual, 'listening')]);
    const {port} = usual.address() as AddressInfo;
    const other = listenIn(net, {port, reusePort: true});
    await once(other, 'listening');
    // The column Send-Q of a socket that listens is the length of its queue.
    const {stdout} = await runInNamespace('ss', ['-H', '-ltn'], {namespaces: {user, net}});
    const queues = (of: number): string[] =>
      [...stdout.matchAll(new RegExp(`^LISTEN +0 +(\\d+) .*:${of} `, 'gm'))].map(([, length]) => length!);
    assert.deepEqual(queues((server.address() as AddressInfo).port), ['5']);
    assert.deepEqual(queues(port), ['511', '511']);
    for (const one of [server, usual, other]) await closed(one);
  });

  test('a name is looked up outside', async () => {
    const server = await echo({host: '127.0.0.1'});
    const {port} = server.address() as AddressInfo;
    const lookup = ((name: string, _: unknown, back: (e: Error | null, ip: string, family: number) => void) => {
      assert.equal(name, 'blue.example');
      setImmediate(back, null, '127.0.0.1', 4);
    }) as never;
    assert.equal(await said(connectIn(net, {port, host: 'blue.example', lookup}), 'by name'), 'by name');
    await closed(server);
  });

  test('UDP: what is sent at once waits until the socket is bound inside', async () => {
    await leavesNothing(async () => {
      const server: DgramSocket = listenIn(net, {type: 'udp4', port: 0, host: '127.0.0.1'});
      await once(server, 'listening');
      server.on('message', (message, {port}) => server.send(`${message}!`, port));
      const {port} = server.address();
      const client = connectIn(net, {type: 'udp4', port});
      await once(client, 'connect');
      client.send('hello');
      const [answer] = await once(client, 'message');
      assert.equal(String(answer), 'hello!');
      const early = listenIn(net, {type: 'udp4', port: 0});
      early.send('again', port, '127.0.0.1');
      const [second] = await once(early, 'message');
      assert.equal(String(second), 'again!');
      for (const socket of [server, client, early]) socket.close();
    }, residents);
  });

  test('abstract Unix sockets, which belong to the net namespace', async () => {
    const path = `\0namespawn-test-${process.pid}`;
    await leavesNothing(async () => {
      const server = listenIn(net, {path, server: createServer(socket => socket.pipe(socket))});
      await once(server, 'listening');
      assert.equal(await said(connectIn(net, {path}), 'unix'), 'unix');
      const [error] = (await once(connect(path), 'error')) as [NodeJS.ErrnoException];
      assert.equal(error.code, 'ECONNREFUSED');
      await closed(server);
    }, residents);
  });

  test('the own net namespace takes no privilege', async () => {
    const server = listenIn('/proc/self/ns/net', {port: 0, host: '127.0.0.1'});
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
    await closed(server);
  });

  describe('failures', () => {
    test('a port that is taken: EADDRINUSE by the event', async () => {
      const server = await echo();
      const second = listenIn(net, {port: (server.address() as AddressInfo).port});
      const [error] = await once(second, 'error');
      assert.deepEqual([error.code, error.step, error.name], ['EADDRINUSE', 'socket', 'NamespaceError']);
      await closed(server);
    });

    test('an address that is not of the namespace: EADDRNOTAVAIL', async () => {
      const [error] = await once(listenIn(net, {port: 0, host: '192.0.2.1'}), 'error');
      assert.deepEqual([error.code, error.syscall, error.step], ['EADDRNOTAVAIL', 'bind', 'socket']);
    });

    test('nobody listens: ECONNREFUSED, as net.connect says it', async () => {
      const [error] = await once(connectIn(net, {port: 9}), 'error');
      assert.equal(error.message, 'connect ECONNREFUSED 127.0.0.1:9');
    });

    test('a socket or a server that is closed at once', async () => {
      await leavesNothing(async () => {
        const server = listenIn(net, {port: 0});
        await closed(server);
        const socket = connectIn(net, {port: 1});
        socket.destroy();
        await once(socket, 'close');
        const datagrams = listenIn(net, {type: 'udp4', port: 0});
        datagrams.close();
        await once(datagrams, 'close');
      }, residents);
    });
  });

  describe('a descriptor that somebody inside would like Node to have', () => {
    const SOCK_STREAM = 1;
    /** What arrives from a process inside that sends what it likes, as nsinit's would arrive. */
    const arrives = async (kind: string, isExpectedSender = true): Promise<number> => {
      const pair = new Int32Array(2);
      assert.equal(native().socketChannel(pair), 0);
      const [ours, theirs] = pair as unknown as [number, number];
      const forger = spawnInNamespace(testProgram('forge'), [kind], {
        namespaces: {user, net},
        stdio: ['ignore', 'inherit', 'inherit', theirs],
      });
      const [code] = await once(forger, 'close');
      assert.equal(code, 0);
      const address = native().socketAddress('127.0.0.1', 7000)!;
      const {BIND, LISTEN} = native().protocol.socketFlags;
      const pid = isExpectedSender ? forger.hostPid! : process.pid;
      const received = native().receiveSocket(ours, pid, net.fd, SOCK_STREAM, BIND! | LISTEN!, address);
      for (const fd of [ours, theirs, received]) if (fd >= 0) native().close(fd);
      return received;
    };
    const EPROTO = -71;

    test('only the right one is taken, and nothing else stays open', async () => {
      await leavesNothing(async () => {
        assert.ok((await arrives('right')) >= 0);
        assert.equal(await arrives('right', false), EPROTO);
      }, residents);
    });
    for (const kind of [
      'file',
      'two',
      'none',
      'udp',
      'ipv6',
      'unix',
      'idle',
      'connected',
      'port',
      'address',
      'blocking',
      'elsewhere',
    ]) {
      test(kind, async () => {
        await leavesNothing(async () => {
          assert.equal(await arrives(kind), EPROTO);
        }, residents);
      });
    }
  });

  describe('arguments', () => {
    const refuses = (name: string, call: () => unknown, code: string): void => {
      test(name, () => {
        assert.throws(call, {code});
      });
    };
    refuses('no port', () => listenIn(net, {} as never), 'ERR_INVALID_ARG_TYPE');
    refuses('a port that is too large', () => listenIn(net, {port: 65536}), 'ERR_OUT_OF_RANGE');
    refuses('port 0 to connect to', () => connectIn(net, {port: 0}), 'ERR_OUT_OF_RANGE');
    refuses(
      'a host that is a name, to listen on',
      () => listenIn(net, {port: 0, host: 'localhost'}),
      'ERR_INVALID_ARG_VALUE',
    );
    refuses('a scope', () => connectIn(net, {port: 1, host: 'fe80::1%eth0'}), 'ERR_INVALID_ARG_VALUE');
    refuses('IPv6 for udp4', () => listenIn(net, {type: 'udp4', port: 0, host: '::1'}), 'ERR_INVALID_ARG_VALUE');
    refuses('a Unix socket with a path', () => listenIn(net, {path: '/tmp/x'}), 'ERR_INVALID_ARG_VALUE');
    refuses('an unknown type', () => listenIn(net, {type: 'raw', port: 1} as never), 'ERR_INVALID_ARG_VALUE');
    refuses('a server that is none', () => listenIn(net, {port: 0, server: {} as never}), 'ERR_INVALID_ARG_TYPE');
  });
});
