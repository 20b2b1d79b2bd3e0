// connectIn: connections in other net namespaces.
import {createSocket, type Socket as DgramSocket} from 'node:dgram';
import {lookup as defaultLookup} from 'node:dns';
import {Socket} from 'node:net';
import {NamespaceError} from '../../errors/errors.js';
import {resultOf} from '../../errors/system-call.js';
import {invalidArgType} from '../../shared/argument-errors.js';
import {adopt} from '../../shared/descriptors.js';
import {SOCK_DGRAM, SOCK_STREAM} from '../../shared/kernel.js';
import {native} from '../../shared/native.js';
import {own, socketOptions} from '../../shared/own.js';
import type {NamespaceReference} from '../../shared/source.js';
import {openDatagrams} from './datagrams.js';
import {openSocket} from './socket.js';
import {
  abstractAddress,
  addressFamily,
  connectOptions,
  flagsOf,
  ipAddress,
  kindOf,
  optionalFlag,
  type TcpConnectOptions,
  type UdpConnectOptions,
  type UnixConnectOptions,
  validatePort,
} from './socket-options.js';

/**
 * Connects to a server in another net namespace, while Node stays outside. The result behaves as that of `net.connect`: what is written to
 * it waits until it is connected, and it emits 'connect', or 'error' and 'close'. The socket is made inside, as {@link listenIn} does it, and
 * Node connects it. A name as `host` is looked up outside.
 *
 * Privilege: CAP_SYS_ADMIN in the user namespace that owns the net namespace. Linux 5.11.
 *
 * @param net - the net namespace: a handle, a process that is in it, or a path such as '/run/netns/blue'
 * @param options - to where. With `type: 'udp4'` or `'udp6'` the result is a dgram.Socket that is connected, and emits 'connect'
 * @throws NamespaceError if `net` has to be opened, and cannot, or if no descriptor is left
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE
 * @see ip-netns(8), setns(2)
 */
export function connectIn(net: NamespaceReference, options: UdpConnectOptions): DgramSocket;
export function connectIn(net: NamespaceReference, options: TcpConnectOptions | UnixConnectOptions): Socket;
export function connectIn(
  net: NamespaceReference,
  given: TcpConnectOptions | UnixConnectOptions | UdpConnectOptions,
): Socket | DgramSocket {
  const kind = kindOf(given);
  const options = connectOptions[kind].read(given as TcpConnectOptions & UnixConnectOptions);
  if (kind === 'udp4' || kind === 'udp6') return connectDatagrams(net, kind, options as unknown as UdpConnectOptions);
  return kind === 'unix' ? connectUnix(net, options) : connectTcp(net, options);
}

function connectUnix(net: NamespaceReference, {path, allowHalfOpen}: UnixConnectOptions): Socket {
  const address = abstractAddress(path);
  const connection = new Connection(address, optionalFlag(allowHalfOpen, 'allowHalfOpen'));
  // Connected inside: Node 20 fills an abstract name up with zeros, which makes another name of it.
  connection.open(net, address, flagsOf({CONNECT: true}), socket => process.nextTick(announce, socket));
  return connection.socket;
}

/** What Node does when a connection is made. */
function announce(socket: Socket): void {
  if (socket.destroyed) return;
  (socket as {connecting: boolean}).connecting = false;
  socket.emit('connect');
  socket.emit('ready');
  if (!socket.isPaused()) socket.read(0);
}

function connectTcp(net: NamespaceReference, options: TcpConnectOptions): Socket {
  const {port, host = '127.0.0.1', lookup = defaultLookup, allowHalfOpen} = options;
  validatePort(port, 1);
  if (typeof lookup !== 'function') throw invalidArgType('options.lookup', 'of type function', lookup);
  const isAddress = addressFamily(host) !== 0;
  const known = isAddress ? ipAddress(host, port, 'tcp') : undefined;
  const connection = new Connection(
    known ?? ipAddress('127.0.0.1', port, 'tcp'),
    optionalFlag(allowHalfOpen, 'allowHalfOpen'),
  );
  const connectTo = (address: Uint8Array, ip: string): void => {
    // One address alone: for further ones Node would make sockets of its own, which are outside.
    connection.open(net, address, 0, socket => socket.connect(own({port, host: ip, autoSelectFamily: false})));
  };
  if (known !== undefined) connectTo(known, host);
  else {
    lookup(host, own({all: false as const}), (error, ip) => {
      if (connection.socket.destroyed) return;
      try {
        if (error) throw error;
        connectTo(ipAddress(ip, port, 'tcp'), ip);
      } catch (reason) {
        connection.socket.destroy(reason as Error);
      }
    });
  }
  return connection.socket;
}

function connectDatagrams(net: NamespaceReference, kind: 'udp4' | 'udp6', options: UdpConnectOptions): DgramSocket {
  const {port, host = kind === 'udp4' ? '127.0.0.1' : '::1'} = options;
  validatePort(port, 1);
  ipAddress(host, port, kind);
  const address = ipAddress(kind === 'udp4' ? '0.0.0.0' : '::', 0, kind);
  const socket = openDatagrams(net, createSocket(kind), {type: SOCK_DGRAM, flags: flagsOf({BIND: true}), address});
  // Waits until the socket is bound.
  socket.connect(port, host);
  return socket;
}

/**
 * A net.Socket that exists before its descriptor does. Node makes the handle of a socket together with its descriptor, so the socket begins
 * with one of the same family that is of no use, and whose number gets the file that comes from inside.
 */
class Connection {
  readonly socket: Socket;
  readonly #placeholder: number;

  constructor(address: Uint8Array, allowHalfOpen: boolean) {
    const fd = native().openSocket(-1, SOCK_STREAM, 0, address, new Int32Array(1));
    this.#placeholder = resultOf(fd, {syscall: 'socket', step: 'socket'});
    // manualStart: nothing is read before it is connected.
    const options = own({...socketOptions(fd, true, true), allowHalfOpen, manualStart: true});
    try {
      this.socket = adopt([fd], () => new Socket(options));
    } catch (error) {
      native().close(fd);
      throw error;
    }
    // As Node sets it while it looks up a name: what is written waits.
    (this.socket as {connecting: boolean}).connecting = true;
  }

  /** Has a socket made inside, and begins to connect it. */
  open(net: NamespaceReference, address: Uint8Array, flags: number, connect: (socket: Socket) => void): void {
    const {socket} = this;
    try {
      openSocket(net, {type: SOCK_STREAM, flags, address}, descriptor => {
        if (typeof descriptor !== 'number') {
          socket.destroy(descriptor);
          return;
        }
        // The number of a socket that is destroyed may be another file's by now.
        const errno = socket.destroyed ? 0 : native().replace(this.#placeholder, descriptor);
        native().close(descriptor);
        if (errno < 0) socket.destroy(new NamespaceError({errno, syscall: 'dup3', step: 'socket'}));
        else if (!socket.destroyed) connect(socket);
      });
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }
}
