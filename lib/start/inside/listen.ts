// listenIn: servers whose sockets are in other net namespaces.
import {createSocket, type Socket as DgramSocket} from 'node:dgram';
import {Server, type ServerOpts} from 'node:net';
import {adopt} from '../../shared/descriptors.js';
import {SOCK_DGRAM, SOCK_STREAM} from '../../shared/kernel.js';
import {native} from '../../shared/native.js';
import {own} from '../../shared/own.js';
import type {NamespaceReference} from '../../shared/source.js';
import {isGiven} from '../../shared/validate.js';
import type {WantedSocket} from '../plan/build.js';
import {openDatagrams} from './datagrams.js';
import {openSocket} from './socket.js';
import {
  abstractAddress,
  flagsOf,
  ipAddress,
  type Kind,
  kindOf,
  listenOptions,
  optionalFlag,
  type TcpListenOptions,
  type UdpListenOptions,
  type UnixListenOptions,
  validateBacklog,
  validatePort,
  validateServer,
} from './socket-options.js';

/** Every option of net.Server that it would otherwise look for in Object.prototype: it copies them into an object that inherits. */
const serverOptions = own({
  allowHalfOpen: false,
  pauseOnConnect: false,
  noDelay: false,
  keepAlive: false,
  keepAliveInitialDelay: undefined,
  highWaterMark: undefined,
}) as unknown as ServerOpts;

/**
 * Returns a server whose socket is in another net namespace, while Node stays outside. What is connected to there is served here: no
 * process has to run inside, and the namespace needs neither a route nor an interface other than lo. 'listening' is emitted, or 'error'
 * with a NamespaceError of the step `socket`: EADDRINUSE, EADDRNOTAVAIL, EACCES and others. The namespace exists until the server is closed.
 *
 * Whoever has CAP_SYS_ADMIN gets the socket from a thread that lives for this alone; the server listens when the function returns. For an
 * ordinary user a process of namespawn enters the namespace together with the user namespace that owns it, and sends the socket: that works
 * for namespaces that this user has created. What arrives is checked before Node uses it. docs/sockets.md
 *
 * In a worker of `node:cluster` it does not work, since there the primary process makes the sockets.
 *
 * Privilege: CAP_SYS_ADMIN in the user namespace that owns the net namespace. Linux 5.11.
 *
 * @param net - the net namespace: a handle, a process that is in it, or a path such as '/run/netns/blue'
 * @param options - where to listen. With `type: 'udp4'` or `'udp6'` the result is a dgram.Socket
 * @throws NamespaceError if `net` has to be opened, and cannot
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE
 * @see ip-netns(8), setns(2)
 */
export function listenIn(net: NamespaceReference, options: UdpListenOptions): DgramSocket;
export function listenIn<S extends Server = Server>(
  net: NamespaceReference,
  options: TcpListenOptions<S> | UnixListenOptions<S>,
): S;
export function listenIn(
  net: NamespaceReference,
  given: TcpListenOptions | UnixListenOptions | UdpListenOptions,
): Server | DgramSocket {
  const kind = kindOf(given);
  const options = listenOptions[kind].read(given as TcpListenOptions & UnixListenOptions);
  if (kind === 'udp4' || kind === 'udp6') return receiveIn(net, kind, options as unknown as UdpListenOptions);
  const backlog = validateBacklog(options.backlog);
  const server = validateServer(options.server, Server) ?? new Server(serverOptions);
  let isClosed = false;
  const onClose = (): void => {
    isClosed = true;
  };
  server.once('close', onClose);
  openSocket(net, kind === 'unix' ? unix(options) : tcp(options), socket => {
    server.removeListener('close', onClose);
    if (typeof socket !== 'number') process.nextTick(() => server.emit('error', socket));
    else if (isClosed) native().close(socket);
    // Beside a descriptor Node looks for it among the arguments alone.
    else adopt([socket], () => server.listen(own({fd: socket}), backlog));
  });
  return server;
}

const any = new Map<Kind, string>([
  ['tcp', '::'],
  ['udp4', '0.0.0.0'],
  ['udp6', '::'],
]);

function tcp({port, host, ipv6Only, reusePort}: TcpListenOptions): WantedSocket {
  validatePort(port, 0);
  return {
    type: SOCK_STREAM,
    flags: flagsOf({
      BIND: true,
      LISTEN: true,
      // As libuv does: a port can be listened on again while old connections linger.
      REUSE_ADDRESS: true,
      REUSE_PORT: optionalFlag(reusePort, 'reusePort'),
      IPV6_ONLY: optionalFlag(ipv6Only, 'ipv6Only'),
      OR_IPV4: !isGiven(host) && !ipv6Only,
    }),
    address: ipAddress(host ?? any.get('tcp'), port, 'tcp'),
  };
}

function unix({path}: UnixListenOptions): WantedSocket {
  return {type: SOCK_STREAM, flags: flagsOf({BIND: true, LISTEN: true}), address: abstractAddress(path)};
}

function receiveIn(net: NamespaceReference, kind: 'udp4' | 'udp6', options: UdpListenOptions): DgramSocket {
  const {port, host, ipv6Only, reuseAddr, reusePort} = options;
  validatePort(port, 0);
  const flags = flagsOf({
    BIND: true,
    REUSE_ADDRESS: optionalFlag(reuseAddr, 'reuseAddr'),
    REUSE_PORT: optionalFlag(reusePort, 'reusePort'),
    IPV6_ONLY: optionalFlag(ipv6Only, 'ipv6Only'),
  });
  const address = ipAddress(host ?? any.get(kind), port, kind);
  return openDatagrams(net, createSocket(kind), {type: SOCK_DGRAM, flags, address});
}
