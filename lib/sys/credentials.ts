// PIDs across a Unix socket, unix(7).
import {invalidArgType, invalidArgValue} from '../errors.js';
import {native} from '../native.js';
import {own} from '../options/own.js';
import {objectOf} from '../system-call.js';
import {checked, checkedDescriptor} from './answer.js';

/** Who sent a message, or sits at the other end, in the receiver's namespaces. */
export interface Credentials {
  /** 0 where the process is not visible in the receiver's PID namespace. */
  pid: number;
  /** 65534 (overflowuid) where the user is not mapped in the receiver's user namespace. */
  uid: number;
  gid: number;
}

/** A message that {@link receiveCredentials} got. */
export interface ReceivedMessage extends Partial<Credentials> {
  data: Buffer;
  /** Whether the message was longer than the buffer; the rest of a datagram is lost. */
  truncated: boolean;
  /** A pidfd of the sender, where {@link setPassPidfd} asked for it. The caller closes it. */
  pidfd?: number;
}

const SOL_OPTIONS = {SO_PASSCRED: 16, SO_PASSPIDFD: 76};
const SOCKET_TYPES = {stream: 1, dgram: 2, seqpacket: 5};
const EAGAIN = -11;

/**
 * socketpair(2) of Unix sockets: two connected descriptors, close-on-exec and blocking. The caller closes them. In a child's `stdio`
 * one of them becomes the child's.
 */
export function socketpair(type: keyof typeof SOCKET_TYPES = 'seqpacket'): [number, number] {
  if (!Object.hasOwn(SOCKET_TYPES, type))
    throw invalidArgValue('type', type, `must be one of ${Object.keys(SOCKET_TYPES).join(', ')}`);
  const pair = objectOf(native().unixSocketPair(SOCKET_TYPES[type]), {syscall: 'socketpair'});
  for (const fd of pair) native().entrust(fd);
  return pair;
}

/**
 * SO_PASSCRED: whether messages on this end come with their senders' credentials. Set it before the first message
 * is sent: earlier ones have none.
 */
export function setPassCredentials(fd: number, on = true): void {
  checked(native().setSocketOption(fd, SOL_OPTIONS.SO_PASSCRED, Number(on)), 'setsockopt');
}

/**
 * SO_PASSPIDFD (Linux 6.5): whether messages on this end come with a pidfd of their sender.
 * @throws NamespaceError ENOPROTOOPT before 6.5
 */
export function setPassPidfd(fd: number, on = true): void {
  checked(native().setSocketOption(fd, SOL_OPTIONS.SO_PASSPIDFD, Number(on)), 'setsockopt');
}

/**
 * sendmsg(2) with SCM_CREDENTIALS: names a process to whoever receives, in whose namespaces the kernel translates
 * the numbers.
 *
 * Without privilege a process can name only itself. Another pid needs CAP_SYS_ADMIN in the user namespace that owns
 * the sender's PID namespace, other ids CAP_SETUID and CAP_SETGID.
 *
 * @param fd - a Unix socket
 * @param credentials - in the sender's namespaces; default the process's own
 * @param data - at least a byte, which a message needs to be one
 * @returns how many bytes were sent
 * @throws NamespaceError EPERM, ESRCH where the pid does not exist, EAGAIN on a non-blocking socket that is full
 */
export function sendCredentials(
  fd: number,
  credentials?: Partial<Credentials>,
  data: string | Uint8Array = '\0',
): number {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  if (!(bytes instanceof Uint8Array)) throw invalidArgType('data', 'a string or a Uint8Array', data);
  if (bytes.length === 0) throw invalidArgValue('data', data, 'must not be empty');
  // Linux has all three, and this package is for Linux alone.
  const {pid = process.pid, uid = process.geteuid!(), gid = process.getegid!()} = own(credentials);
  return checked(native().sendCredentials(fd, pid, uid, gid, bytes), 'sendmsg');
}

/**
 * recvmsg(2) with SCM_CREDENTIALS, and SCM_PIDFD where there is one. Descriptors that come along (SCM_RIGHTS) are
 * closed. On a blocking socket it waits, and holds the event loop: use it in a worker thread, or where a message is known to be there.
 *
 * @param fd - a Unix socket with {@link setPassCredentials}
 * @param size - the longest message, in bytes; default 4096
 * @returns the message, without data at the end of the stream; undefined on a non-blocking socket that has none
 * @throws NamespaceError
 */
export function receiveCredentials(fd: number, size = 4096): ReceivedMessage | undefined {
  const buffer = Buffer.alloc(size);
  const answer = native().receiveCredentials(fd, buffer);
  if (answer === EAGAIN) return undefined;
  const {length, ...message} = objectOf(answer, {syscall: 'recvmsg'});
  const {pidfd} = own(message);
  if (pidfd !== undefined) native().entrust(pidfd);
  return {...message, data: buffer.subarray(0, length)};
}

/**
 * SO_PEERCRED: who connected the other end, or made the pair, at that time.
 * @throws NamespaceError
 */
export function peerCredentials(fd: number): Credentials {
  return objectOf(native().peerCredentials(fd), {syscall: 'getsockopt'});
}

/**
 * SO_PEERPIDFD (Linux 6.5): a pidfd of the process that {@link peerCredentials} tells. The caller closes it.
 * @throws NamespaceError ENOPROTOOPT before 6.5, ESRCH where the process is gone
 */
export function peerPidfd(fd: number): number {
  return checkedDescriptor(native().peerPidfd(fd), 'getsockopt');
}
