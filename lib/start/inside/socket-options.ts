// The options of listenIn and connectIn, checked.
import type {Server} from 'node:net';
import {isIP} from 'node:net';
import {invalidArgType, invalidArgValue} from '../../shared/argument-errors.js';
import {KnownOptions, namesOf} from '../../shared/known-options.js';
import {native} from '../../shared/native.js';
import {own} from '../../shared/own.js';
import {flagOr, isGiven, validateInteger, validateObject, validateString} from '../../shared/validate.js';

const AF_UNIX = 1;

/** Where {@link listenIn} listens for TCP connections. */
export interface TcpListenOptions<S extends Server = Server> {
  /** Default 'tcp'. */
  type?: 'tcp' | undefined;
  /** The port. 0 is one that is free inside; `server.address()` says which. */
  port: number;
  /** An IP address of the namespace. Default: all of them, as in `server.listen`. */
  host?: string | undefined;
  /** The length of the queue of connections. Default 511, as in `server.listen`. */
  backlog?: number | undefined;
  /** Whether the address `::` leaves out IPv4. Default false. */
  ipv6Only?: boolean | undefined;
  /** Whether several sockets may listen on the port: SO_REUSEPORT. Default false. */
  reusePort?: boolean | undefined;
  /** The server that is to listen, such as an `http.Server`. Default: a new `net.Server`. */
  server?: S | undefined;
}

/** Where {@link listenIn} listens for connections to an abstract Unix socket, which belongs to the net namespace: unix(7). */
export interface UnixListenOptions<S extends Server = Server> {
  /** Default 'unix' where there is a `path`. */
  type?: 'unix' | undefined;
  /** The name, which begins with '\0'. Other Unix sockets belong to a mount namespace. */
  path: string;
  /** The length of the queue of connections. Default 511. */
  backlog?: number | undefined;
  /** The server that is to listen. Default: a new `net.Server`. */
  server?: S | undefined;
}

/** Where {@link listenIn} receives datagrams. */
export interface UdpListenOptions {
  /** The family, as in `dgram.createSocket`. */
  type: 'udp4' | 'udp6';
  /** The port. 0 is one that is free inside. */
  port: number;
  /** An IP address of the namespace. Default: all of them. */
  host?: string | undefined;
  /** Whether the address `::` leaves out IPv4. Default false. */
  ipv6Only?: boolean | undefined;
  /** Whether several sockets may have the port: SO_REUSEADDR. Default false. */
  reuseAddr?: boolean | undefined;
  /** Whether the kernel distributes datagrams among several sockets of the port: SO_REUSEPORT. Default false. */
  reusePort?: boolean | undefined;
}

/** To where {@link connectIn} connects by TCP. */
export interface TcpConnectOptions {
  /** Default 'tcp'. */
  type?: 'tcp' | undefined;
  /** The port, from 1 on. */
  port: number;
  /**
   * An IP address, or a name that is looked up outside, by `lookup`: /etc/hosts and resolv.conf of the caller. Default '127.0.0.1', the
   * loopback interface inside.
   */
  host?: string | undefined;
  /** As in `net.connect`. Default `dns.lookup`. */
  lookup?: typeof import('node:dns').lookup | undefined;
  /** Whether writable stays open when the other side ends. Default false. */
  allowHalfOpen?: boolean | undefined;
}

/** To which abstract Unix socket {@link connectIn} connects. */
export interface UnixConnectOptions {
  /** Default 'unix' where there is a `path`. */
  type?: 'unix' | undefined;
  /** The name, which begins with '\0'. */
  path: string;
  /** Whether writable stays open when the other side ends. Default false. */
  allowHalfOpen?: boolean | undefined;
}

/** To where {@link connectIn} sends datagrams. */
export interface UdpConnectOptions {
  /** The family, as in `dgram.createSocket`. */
  type: 'udp4' | 'udp6';
  /** The port, from 1 on. */
  port: number;
  /** An IP address. Default: '127.0.0.1' or '::1'. */
  host?: string | undefined;
}

/** Which kind of socket the options are about. */
export type Kind = 'tcp' | 'unix' | 'udp4' | 'udp6';

export function kindOf(options: unknown): Kind {
  validateObject(options, 'options');
  const {type, path} = own<{type?: unknown; path?: unknown}>(options);
  if (!isGiven(type)) return isGiven(path) ? 'unix' : 'tcp';
  if (type === 'tcp' || type === 'unix' || type === 'udp4' || type === 'udp6') return type;
  throw invalidArgValue('options.type', type, "must be 'tcp', 'unix', 'udp4' or 'udp6'");
}

const listens = new KnownOptions(
  namesOf<TcpListenOptions>({
    type: true,
    port: true,
    host: true,
    backlog: true,
    ipv6Only: true,
    reusePort: true,
    server: true,
  }),
);
const listensUnix = new KnownOptions(namesOf<UnixListenOptions>({type: true, path: true, backlog: true, server: true}));
const receives = new KnownOptions(
  namesOf<UdpListenOptions>({type: true, port: true, host: true, ipv6Only: true, reuseAddr: true, reusePort: true}),
);
const connects = new KnownOptions(
  namesOf<TcpConnectOptions>({type: true, port: true, host: true, lookup: true, allowHalfOpen: true}),
);
const connectsUnix = new KnownOptions(namesOf<UnixConnectOptions>({type: true, path: true, allowHalfOpen: true}));
const sends = new KnownOptions(namesOf<UdpConnectOptions>({type: true, port: true, host: true}));

/** The options of listenIn, by the kind of socket. */
export const listenOptions: Readonly<Record<Kind, KnownOptions>> = {
  tcp: listens,
  unix: listensUnix,
  udp4: receives,
  udp6: receives,
};
/** Those of connectIn. */
export const connectOptions: Readonly<Record<Kind, KnownOptions>> = {
  tcp: connects,
  unix: connectsUnix,
  udp4: sends,
  udp6: sends,
};

export function validatePort(port: unknown, min: number): asserts port is number {
  validateInteger(port, 'options.port', min, 65535);
}

/** Returns the flags of src-native/protocol/inside_socket.h whose value is true. */
export function flagsOf(flags: Readonly<Record<string, boolean>>): number {
  const {socketFlags} = native().protocol;
  return Object.entries(flags).reduce((sum, [name, isSet]) => (isSet ? sum | socketFlags[name]! : sum), 0);
}

export const optionalFlag = (value: unknown, name: string): boolean => flagOr(false, value, `options.${name}`);

/** Returns the struct sockaddr of an IP address. */
export function ipAddress(host: unknown, port: number, kind: Kind): Uint8Array {
  const family = addressFamily(host);
  const wanted = kind === 'udp4' ? 4 : kind === 'udp6' ? 6 : family;
  const address = family === wanted && family !== 0 ? native().socketAddress(host as string, port) : undefined;
  // A scope such as %eth0 is the name of an interface, which is another one outside.
  if (address === undefined) {
    const version = kind === 'udp4' ? 'IPv4' : kind === 'udp6' ? 'IPv6' : 'IP';
    throw invalidArgValue('options.host', host, `must be an ${version} address without a scope`);
  }
  return address;
}

/** Returns 4 or 6 for an IP address, and 0 for any other name. */
export function addressFamily(host: unknown): number {
  validateString(host, 'options.host');
  return isIP(host);
}

/** Returns the struct sockaddr_un of an abstract name. */
export function abstractAddress(path: unknown): Uint8Array {
  validateString(path, 'options.path');
  const name = Buffer.from(path);
  if (name[0] !== 0 || name.length < 2) {
    throw invalidArgValue(
      'options.path',
      path,
      "must begin with '\\0': other Unix sockets belong to a mount namespace",
    );
  }
  // sun_path of unix(7)
  if (name.length > 108) throw invalidArgValue('options.path', path, 'must be at most 108 bytes long');
  return Buffer.concat([new Uint8Array(new Uint16Array([AF_UNIX]).buffer), name]);
}

export function validateBacklog(backlog: unknown): number {
  if (!isGiven(backlog)) return 511;
  validateInteger(backlog, 'options.backlog', 1, 0x7fffffff);
  return backlog;
}

export function validateServer<S>(server: S | undefined, Class: abstract new (...args: never[]) => S): S | undefined {
  if (!isGiven(server)) return undefined;
  if (!(server instanceof Class)) throw invalidArgType('options.server', 'an instance of net.Server', server);
  return server;
}
