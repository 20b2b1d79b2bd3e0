// A namespace that is kept open by a descriptor.
import {fstatSync} from 'node:fs';
import {codedError} from '../../errors/errors.js';
import {resultOf} from '../../errors/system-call.js';
import {EINVAL, EPERM} from '../../shared/kernel.js';
import type {NamespaceType} from '../../shared/namespace-types.js';
import {native} from '../../shared/native.js';
import {own} from '../../shared/own.js';

// A handle that a program has lost would keep its namespace alive for as long as Node runs. As with a FileHandle, the descriptor is closed
// when the handle is garbage collected, and Node emits a warning.
const forgotten = new FinalizationRegistry<{fd: number; name: string}>(({fd, name}) => {
  native().close(fd);
  process.emitWarning(
    `Closing the descriptor ${fd} of ${name} on garbage collection. Please close it with .close() or 'using'.`,
    own({code: 'NAMESPAWN_UNCLOSED_HANDLE'}),
  );
});

/**
 * An open descriptor of a namespace. Until it is closed it keeps the namespace alive, even if no process lives there. Handles are created
 * by {@link openNamespace} and {@link namespacesOf}, and must be closed.
 *
 * @see namespaces(7), ioctl_ns(2)
 */
export class NamespaceHandle {
  /** The type of the namespace. */
  readonly type: NamespaceType;
  /** The inode number, as in `/proc/PID/ns`, ps(1) and lsns(8). It is unique among the namespaces that exist at the same time. */
  readonly id: number;
  #fd: number;

  /**
   * @param fd - a descriptor of a namespace. The handle owns it from now on
   * @param type - the type of that namespace, as NS_GET_NSTYPE returns it
   */
  constructor(fd: number, type: NamespaceType) {
    this.#fd = fd;
    this.type = type;
    this.id = fstatSync(fd).ino;
    native().keep(fd);
    forgotten.register(this, {fd, name: `${type}:[${this.id}]`}, this);
  }

  /**
   * The file descriptor, for setns(2) or for a child's `stdio`. It belongs to the handle, so do not close it.
   * @throws ERR_INVALID_STATE after {@link close}
   */
  get fd(): number {
    if (this.#fd < 0) throw codedError('ERR_INVALID_STATE', `The handle of ${this.type}:[${this.id}] is closed`);
    return this.#fd;
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

  /** Closes the descriptor. A second call does nothing. */
  close(): void {
    if (this.#fd < 0) return;
    forgotten.unregister(this);
    native().close(this.#fd);
    this.#fd = -1;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #related(fd: number, type: NamespaceType): NamespaceHandle | undefined {
    if (fd === EPERM || fd === EINVAL) return undefined;
    return new NamespaceHandle(resultOf(fd, {syscall: 'ioctl'}), type);
  }
}
