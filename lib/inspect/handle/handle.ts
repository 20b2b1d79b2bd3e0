// A namespace that is kept open by a descriptor.
import {fstatSync} from 'node:fs';
import {codedError} from '../../errors/errors.js';
import {resultOf} from '../../errors/system-call.js';
import {EINVAL, EPERM} from '../../shared/kernel.js';
import type {NamespaceType} from '../../shared/namespace-types.js';
import {native} from '../../shared/native.js';
import {own} from '../../shared/own.js';
import {keepAt} from './keep.js';

// A handle that a program has lost would keep its namespace alive for as long as Node runs. As with a FileHandle, the descriptor is closed
// when the handle is garbage collected, and Node emits a warning.
const forgotten = new FinalizationRegistry<{fd: number; name: string; init: NamespaceInit | undefined}>(held => {
  const {fd, name, init} = held;
  native().close(fd);
  init?.end();
  process.emitWarning(
    `Closing the descriptor ${fd} of ${name} on garbage collection. Please close it with .close() or 'using'.`,
    own({code: 'NAMESPAWN_UNCLOSED_HANDLE'}),
  );
});

/** The init that keeps a PID namespace open to new processes. */
export interface NamespaceInit {
  readonly pid: number;
  end(): void;
}

/**
 * An open descriptor of a namespace. Until it is closed it keeps the namespace alive, even if no process lives there. Handles are created
 * by {@link openNamespace}, {@link namespacesOf} and {@link createNamespaces}, and must be closed.
 *
 * @see namespaces(7), ioctl_ns(2)
 */
export class NamespaceHandle {
  /** The type of the namespace. */
  readonly type: NamespaceType;
  /** The inode number, as in `/proc/PID/ns`, ps(1) and lsns(8). It is unique among the namespaces that exist at the same time. */
  readonly id: number;
  /**
   * The PID of the nsinit that {@link createNamespaces} has made PID 1 of this PID namespace, in the caller's PID namespace. A PID namespace
   * without its init lets no process in. nsinit ends, and every process of the namespace with it, when this handle is closed or when Node
   * ends (unless `dieWithParent` was false). Undefined for other handles.
   */
  readonly initPid: number | undefined;
  #fd: number;
  readonly #init: NamespaceInit | undefined;

  /**
   * @param fd - a descriptor of a namespace. The handle owns it from now on
   * @param type - the type of that namespace, as NS_GET_NSTYPE returns it
   * @param init - an init that is to end with the handle
   */
  constructor(fd: number, type: NamespaceType, init?: NamespaceInit) {
    this.#fd = fd;
    this.type = type;
    this.id = fstatSync(fd).ino;
    this.initPid = init?.pid;
    this.#init = init;
    native().keep(fd);
    forgotten.register(this, {fd, name: `${type}:[${this.id}]`, init}, this);
  }

  /**
   * The file descriptor, for setns(2) or for a child's `stdio`. It belongs to the handle, so do not close it.
   * @throws ERR_INVALID_STATE after {@link close}
   */
  get fd(): number {
    if (this.#fd < 0) throw codedError('ERR_INVALID_STATE', `The handle of ${this.type}:[${this.id}] is closed`);
    return this.#fd;
  }

  /**
   * A number that no other namespace has until the machine is rebooted: NS_GET_ID, ioctl_ns(2). An inode number ({@link id}) can be given to
   * a later namespace. `openNamespace({id, uniqueId}, type)` opens the namespace by both. Undefined before Linux 6.18.
   * @throws ERR_INVALID_STATE after {@link close}
   */
  get uniqueId(): bigint | undefined {
    const id = native().nsGetId(this.fd);
    return typeof id === 'bigint' ? id : undefined;
  }

  /** Whether {@link close} has been called. */
  get closed(): boolean {
    return this.#fd < 0;
  }

  /**
   * Opens the parent of a pid or user namespace: NS_GET_PARENT, ioctl_ns(2). Privilege: none. Linux 4.9.
   * @returns a new handle, which must be closed; undefined for the other types, and if the parent is neither the caller's namespace nor a
   * descendant of it
   * @throws NamespaceError EMFILE, ENFILE
   * @throws ERR_INVALID_STATE after {@link close}
   */
  parent(): NamespaceHandle | undefined {
    return this.#related(native().nsGetParent(this.fd), this.type);
  }

  /**
   * Opens the user namespace that owns this namespace: NS_GET_USERNS, ioctl_ns(2). Capabilities in the owner are what gives privilege over
   * this namespace. The owner of a user namespace is its parent. Privilege: none. Linux 4.9.
   * @returns a new handle, which must be closed; undefined if the owner is neither the caller's user namespace nor a descendant of it
   * @throws NamespaceError EMFILE, ENFILE
   * @throws ERR_INVALID_STATE after {@link close}
   */
  owner(): NamespaceHandle | undefined {
    return this.#related(native().nsGetUserns(this.fd), 'user');
  }

  /**
   * The id of the user who created this user namespace, in the caller's user namespace (NS_GET_OWNER_UID, ioctl_ns(2)). Undefined for the
   * other types. Linux 4.11.
   * @throws ERR_INVALID_STATE after {@link close}
   */
  get ownerUid(): number | undefined {
    if (this.type !== 'user') return undefined;
    return resultOf(native().nsGetOwnerUid(this.fd), {syscall: 'ioctl'});
  }

  /**
   * Returns whether both handles refer to the same namespace.
   * @throws ERR_INVALID_STATE if one of them is closed
   */
  equals(other: NamespaceHandle): boolean {
    const mine = fstatSync(this.fd);
    const theirs = fstatSync(other.fd);
    return mine.ino === theirs.ino && mine.dev === theirs.dev;
  }

  /**
   * Keeps the namespace by a bind mount on a file, as `unshare --net=FILE` does: it stays after this handle is closed and Node has ended, until
   * {@link releaseNamespace}. nsenter(1) and {@link openNamespace} open it by the path. A file that is missing is made, with mode 0; if the
   * mount fails, it is removed again. The init of a PID namespace is not kept: without it no process can enter the namespace.
   *
   * Privilege: CAP_SYS_ADMIN in the user namespace that owns the caller's mount namespace. Only that mount namespace, and those to which its
   * mounts propagate, show the file as a namespace. Linux 5.2.
   *
   * @param path - the file
   * @throws NamespaceError with the step 'persist': EPERM without privilege; EEXIST if a namespace is kept there already; EINVAL for a mount
   * namespace on a mount point that is shared; ELOOP for one that is not younger than the caller's own; ENOENT, EACCES, EROFS if the file cannot be
   * made; EISDIR for a directory
   * @throws ERR_INVALID_STATE after {@link close}; ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
   * @see mount(2), unshare(1)
   */
  persist(path: string): void {
    keepAt(this.fd, this.type, path);
  }

  /** Closes the descriptor, and ends the init if there is one ({@link initPid}). A second call does nothing. */
  close(): void {
    if (this.#fd < 0) return;
    forgotten.unregister(this);
    native().close(this.#fd);
    this.#fd = -1;
    this.#init?.end();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #related(fd: number, type: NamespaceType): NamespaceHandle | undefined {
    if (fd === EPERM || fd === EINVAL) return undefined;
    return new NamespaceHandle(resultOf(fd, {syscall: 'ioctl'}), type);
  }
}
