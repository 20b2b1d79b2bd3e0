// Credentials (PID, user, group) and pidfds of the peer of a Unix socket, unix(7).
import {invalidArgType, invalidArgValue} from '../errors/errors.js';
import {objectOf} from '../errors/system-call.js';
import {EAGAIN} from '../shared/kernel.js';
import {KnownOptions, namesOf} from '../shared/known-options.js';
import {native} from '../shared/native.js';
import {own} from '../shared/own.js';
import {checked, checkedDescriptor} from './checked.js';

/** The process that sent a message or has connected a socket. The kernel translates the numbers into the receiver's namespaces. */
export interface Credentials {
  /** The PID, or 0 where the process is not visible in the receiver's PID namespace. */
  pid: number;
  /** The user id, or 65534 (overflowuid) where the user is not mapped in the receiver's user namespace. */
  uid: number;
  /** The group id, or 65534 (overflowgid) where the group is not mapped in the receiver's user namespace. */
  gid: number;
}

/**
 * A message that {@link receiveCredentials} received. It contains `pid`, `uid` and `gid` only if {@link setPassCredentials} was called
 * before the message was sent.
 */
export interface ReceivedMessage extends Partial<Credentials> {
  /** The content of the message. */
  data: Buffer;
  /** Whether the message was longer than `size`. The rest of a datagram is lost. */
  truncated: boolean;
  /** A pidfd of the sender, present after {@link setPassPidfd}. The caller must close it. */
  pidfd?: number;
}

const credentialsFields = new KnownOptions(namesOf<Credentials>({pid: true, uid: true, gid: true}));

const SOL_OPTIONS = {SO_PASSCRED: 16, SO_PASSPIDFD: 76};
const SOCKET_TYPES = {stream: 1, dgram: 2, seqpacket: 5};

/**
 * Creates two connected Unix sockets: socketpair(2). Both are close-on-exec and blocking, and the caller must close both. To give one of
 * them to a child, put it into the child's `stdio`.
 *
 * Privilege: none.
 *
 * @param type - the type of the sockets: 'seqpacket' (default), 'dgram' or 'stream'
 * @returns the two descriptors
 * @throws NamespaceError EMFILE, ENFILE
 * @throws ERR_INVALID_ARG_VALUE
 * @see socketpair(2), unix(7)
 */
export function socketpair(type: keyof typeof SOCKET_TYPES = 'seqpacket'): [number, number] {
  if (!Object.hasOwn(SOCKET_TYPES, type))
    throw invalidArgValue('type', type, `must be one of ${Object.keys(SOCKET_TYPES).join(', ')}`);
  const pair = objectOf(native().unixSocketPair(SOCKET_TYPES[type]), {syscall: 'socketpair'});
  for (const fd of pair) native().entrust(fd);
  return pair;
}

/**
 * Sets whether messages that arrive on this socket contain their senders' credentials: SO_PASSCRED. Messages that were sent before the
 * option was set contain none.
 *
 * Privilege: none.
 *
 * @param fd - the receiver's Unix socket
 * @param on - default true
 * @throws NamespaceError EBADF, ENOTSOCK
 * @see unix(7)
 */
export function setPassCredentials(fd: number, on = true): void {
  checked(native().setSocketOption(fd, SOL_OPTIONS.SO_PASSCRED, Number(on)), 'setsockopt');
}

/**
 * Sets whether messages that arrive on this socket contain a pidfd of their sender: SO_PASSPIDFD.
 *
 * Privilege: none. Linux 6.5.
 *
 * @param fd - the receiver's Unix socket
 * @param on - default true
 * @throws NamespaceError ENOPROTOOPT before Linux 6.5; EBADF, ENOTSOCK
 * @see unix(7)
 */
export function setPassPidfd(fd: number, on = true): void {
  checked(native().setSocketOption(fd, SOL_OPTIONS.SO_PASSPIDFD, Number(on)), 'setsockopt');
}

/**
 * Sends a message that names a process: sendmsg(2) with SCM_CREDENTIALS. The kernel translates the PID, user and group into the
 * receiver's namespaces.
 *
 * Privilege: none to send the sender's own credentials. Another `pid` needs CAP_SYS_ADMIN in the user namespace that owns the sender's PID
 * namespace; another `uid` or `gid` needs CAP_SETUID or CAP_SETGID.
 *
 * @param fd - a connected Unix socket
 * @param credentials - the numbers in the sender's namespaces. Default: the PID, effective user and effective group of this process
 * @param data - the content of the message, at least one byte. Default: one byte 0
 * @returns how many bytes were sent
 * @throws NamespaceError EPERM; ESRCH if no process has the `pid`; EAGAIN if the socket is non-blocking and full
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
 * @see unix(7), sendmsg(2)
 */
export function sendCredentials(
  fd: number,
  credentials?: Partial<Credentials>,
  data: string | Uint8Array = '\0',
): number {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  if (!(bytes instanceof Uint8Array)) throw invalidArgType('data', 'a string or a Uint8Array', data);
  if (bytes.length === 0) throw invalidArgValue('data', data, 'must not be empty');
  // These methods of `process` exist on every POSIX system, so they are defined on Linux.
  const {
    pid = process.pid,
    uid = process.geteuid!(),
    gid = process.getegid!(),
  } = credentialsFields.read(credentials, 'credentials');
  return checked(native().sendCredentials(fd, pid, uid, gid, bytes), 'sendmsg');
}

/**
 * Receives a message with the credentials of its sender: recvmsg(2) with SCM_CREDENTIALS, and with SCM_PIDFD after
 * {@link setPassPidfd}. Descriptors that the message contains (SCM_RIGHTS) are closed.
 *
 * On a blocking socket this function blocks the event loop until a message arrives. Use it in a worker thread, or when a message is known
 * to be waiting.
 *
 * Privilege: none.
 *
 * @param fd - a Unix socket on which {@link setPassCredentials} was called
 * @param size - the maximum length of a message in bytes. Default: 4096
 * @returns the message; its `data` is empty at the end of the stream. Undefined if the socket is non-blocking and no message is waiting
 * @throws NamespaceError EBADF, ENOTSOCK, ECONNRESET
 * @see unix(7), recvmsg(2)
 */
export function receiveCredentials(fd: number, size = 4096): ReceivedMessage | undefined {
  const buffer = Buffer.alloc(size);
  const result = native().receiveCredentials(fd, buffer);
  if (result === EAGAIN) return undefined;
  const {length, ...message} = objectOf(result, {syscall: 'recvmsg'});
  const {pidfd} = own(message);
  if (pidfd !== undefined) native().entrust(pidfd);
  return {...message, data: buffer.subarray(0, length)};
}

/**
 * Returns the credentials of the process at the other end of a Unix socket: SO_PEERCRED. They are those of the process that connected the
 * socket, or that created the socket pair, at the time when it did so.
 *
 * Privilege: none.
 *
 * @throws NamespaceError EBADF, ENOTSOCK
 * @see unix(7)
 */
export function peerCredentials(fd: number): Credentials {
  return objectOf(native().peerCredentials(fd), {syscall: 'getsockopt'});
}

/**
 * Returns a pidfd of the process that {@link peerCredentials} reports: SO_PEERPIDFD. The caller must close it.
 *
 * Privilege: none. Linux 6.5.
 *
 * @throws NamespaceError ENOPROTOOPT before Linux 6.5; ESRCH if the process has ended; EBADF, ENOTSOCK
 * @see unix(7)
 */
export function peerPidfd(fd: number): number {
  return checkedDescriptor(native().peerPidfd(fd), 'getsockopt');
}
