// A namespace that is held open.
import {fstatSync} from 'node:fs';
import {codedError} from '../errors.js';
import type {NamespaceType} from '../namespace-types.js';
import {native} from '../native.js';
import {own} from '../options/own.js';
import {resultOf} from '../system-call.js';

const EPERM = -1;
const EINVAL = -22;

// A descriptor that is forgotten would keep its namespace alive for as long as Node runs. As for a FileHandle,
// it is closed, and the program is told.
const forgotten = new FinalizationRegistry<{fd: number; name: string}>(({fd, name}) => {
  native().close(fd);
  process.emitWarning(
    `Closing the descriptor ${fd} of ${name} on garbage collection. Please close it with .close() or 'using'.`,
    own({code: 'NAMESPAWN_UNCLOSED_HANDLE'}),
  );
});

/**
 * An open descriptor of a namespace. It keeps the namespace alive, also without a process in it, until it is
 * closed. Made by {@link openNamespace} and {@link namespacesOf}.
 */
export class NamespaceHandle {
  readonly type: NamespaceType;
  /** The inode number, as in `/proc/PID/ns`, ps(1) and lsns(8). Unique among the namespaces that exist. */
  readonly id: number;
  #fd: number;

  /**
   * @param fd - a descriptor of a namespace, which the handle owns from now on
   * @param type - what NS_GET_NSTYPE says it is
   */
  constructor(fd: number, type: NamespaceType) {
    this.#fd = fd;
    this.type = type;
    this.id = fstatSync(fd).ino;
    native().keep(fd);
    forgotten.register(this, {fd, name: `${type}:[${this.id}]`}, this);
  }

  /**
   * The file descriptor, for setns(2) or for a child's stdio. It is the handle's: do not close it.
   * @throws ERR_INVALID_STATE after {@link close}
   */
  get fd(): number {
    if (this.#fd < 0) throw codedError('ERR_INVALID_STATE', `The handle of ${this.type}:[${this.id}] is closed`);
    return this.#fd;
  }

  /** Whether {@link close} was called. */
  get closed(): boolean {
    return this.#fd < 0;
  }

  /**
   * The parent of a pid or user namespace (NS_GET_PARENT, ioctl_ns(2)).
   * @returns undefined for the other types, and where the parent is not the caller's namespace or one below it
   * @throws NamespaceError
   */
  parent(): NamespaceHandle | undefined {
    return this.#related(native().nsGetParent(this.fd), this.type);
  }

  /**
   * The user namespace that owns this one: whose capabilities count here (NS_GET_USERNS). Of a user namespace it is
   * the parent.
   * @returns undefined where it is not the caller's user namespace or one below it
   * @throws NamespaceError
   */
  owner(): NamespaceHandle | undefined {
    return this.#related(native().nsGetUserns(this.fd), 'user');
  }

  /**
   * The user who made a user namespace, as the caller's user namespace knows them (NS_GET_OWNER_UID); undefined
   * for the other types.
   * @throws NamespaceError
   */
  get ownerUid(): number | undefined {
    if (this.type !== 'user') return undefined;
    return resultOf(native().nsGetOwnerUid(this.fd), {syscall: 'ioctl'});
  }

  /** Whether both are the same namespace. */
  equals(other: NamespaceHandle): boolean {
    const mine = fstatSync(this.fd);
    const theirs = fstatSync(other.fd);
    return mine.ino === theirs.ino && mine.dev === theirs.dev;
  }

  /** Closes the descriptor; a second call does nothing. */
  close(): void {
    if (this.#fd < 0) return;
    forgotten.unregister(this);
    native().close(this.#fd);
    this.#fd = -1;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #related(answer: number, type: NamespaceType): NamespaceHandle | undefined {
    if (answer === EPERM || answer === EINVAL) return undefined;
    return new NamespaceHandle(resultOf(answer, {syscall: 'ioctl'}), type);
  }
}
