// The functions of network namespaces that have names, and what they take and return.
import type {NamespaceHandle} from '../inspect/handle/handle.js';
import type {NamespaceReference} from '../shared/source.js';
import type {SpawnOptions} from '../start/options/spawn-options.js';
import type {NamespacedProcess} from '../start/process/namespaced-process.js';

/** A network namespace that has a name. */
export interface NetnsInfo {
  /** The name. */
  name: string;
  /** The file on which it is mounted: `/run/netns/NAME`. */
  path: string;
  /** The inode number; undefined if no namespace is mounted on the file, or the caller may not open it. */
  id: number | undefined;
  /** Its id in the caller's network namespace, see {@link Netns.set}; undefined if it has none. */
  netnsid: number | undefined;
}

/** An id by which one network namespace knows another. */
export interface NetnsId {
  /** The id in the network namespace that was asked. */
  netnsid: number;
  /** The id in the caller's network namespace; undefined if it has none there. */
  ownNetnsid: number | undefined;
  /** The name under `/run/netns`, if it has one. */
  name: string | undefined;
}

/** A name that has come or gone. */
export interface NetnsEvent {
  /** Whether the name has come or gone. */
  event: 'add' | 'delete';
  /** The name. */
  name: string;
}

/** Options of {@link Netns.add}. */
export interface AddNetnsOptions {
  /** Whether the loopback interface is set up. Default: false, as with ip-netns(8). */
  loopback?: boolean | undefined;
}

/** Options of {@link Netns.listIds}. */
export interface ListNetnsIdsOptions {
  /** List the ids that the network namespace with this id knows. Default: those that the caller's own knows. */
  target?: number | undefined;
  /** List only this id. */
  id?: number | undefined;
}

/** Options of {@link Netns.monitor}. */
export interface MonitorNetnsOptions {
  /** Ends the iteration with the reason of the signal. */
  signal?: AbortSignal | undefined;
}

/** Options of {@link Netns.exec}: those of {@link spawnInNamespace}, except those that say which namespaces the command is in. */
export type ExecNetnsOptions = Omit<SpawnOptions, 'namespaces' | 'join' | 'uidMap' | 'gidMap' | 'setgroups'>;

/**
 * Network namespaces by name, as ip-netns(8) of iproute2 has them: a name is a file of `/run/netns` on which the namespace is mounted. What one
 * of both has made, the other finds, enters and deletes.
 *
 * A name is that of a file: not empty, without a slash, at most 255 bytes. Each function throws ERR_INVALID_ARG_TYPE or ERR_INVALID_ARG_VALUE
 * for another one.
 *
 * @see ip-netns(8)
 */
export interface Netns {
  /**
   * Makes a network namespace and gives it a name: `ip netns add NAME`. It lasts until {@link delete}. `/run/netns` is made where it is
   * missing, and becomes a shared mount point, so that other mount namespaces see names that are added later.
   *
   * Privilege: CAP_SYS_ADMIN, in the user namespace that owns the caller's mount namespace.
   *
   * @throws by rejection: NamespaceError EEXIST (`step` 'persist') if the name is in use; EACCES or EPERM without privilege
   */
  add(name: string, options?: AddNetnsOptions): Promise<void>;
  /**
   * Gives a name to a network namespace that exists: `ip netns attach NAME PID`.
   *
   * Privilege: as for {@link add}, and that of {@link openNamespace}.
   *
   * @param source - a handle, a process that lives there, a socket, or a path
   * @throws by rejection: as {@link add} and {@link openNamespace}
   */
  attach(name: string, source: NamespaceReference): Promise<void>;
  /**
   * Takes the name away: `ip netns delete NAME`. The namespace ends when no process, descriptor or other mount keeps it.
   *
   * Privilege: as for {@link add}.
   *
   * @throws NamespaceError ENOENT if there is no such name; EPERM or EACCES without privilege
   */
  delete(name: string): void;
  /**
   * Lists all names, sorted: `ip netns list`. Privilege: none.
   */
  list(): NetnsInfo[];
  /**
   * Opens a network namespace by its name. The handle must be closed. Privilege: none.
   * @throws NamespaceError ENOENT if there is no such name; EINVAL if no network namespace is mounted on the file
   */
  open(name: string): NamespaceHandle;
  /**
   * Returns the names of the network namespace of a process: `ip netns identify PID`. There is none for a namespace without a name.
   *
   * Privilege: as for {@link openNamespace}.
   *
   * @param source - a process, a handle, a socket, or a path. Default: the caller
   * @throws as {@link openNamespace}
   */
  identify(source?: NamespaceReference): string[];
  /**
   * Returns the PIDs of the processes that live in a network namespace: `ip netns pids NAME`. Processes that the caller may not inspect are
   * missing.
   * @throws NamespaceError ENOENT if there is no such name
   */
  pids(name: string): number[];
  /**
   * Starts a command in a network namespace, as `ip netns exec NAME COMMAND` does: in a mount namespace of its own, in which /sys shows that
   * network namespace, and each entry of `/etc/netns/NAME` is mounted over the entry of /etc with the same name. Entries that /etc does not
   * have are left out, and what is mounted below /sys stays, such as cgroups.
   *
   * The arguments, options and events are those of {@link spawnInNamespace}.
   *
   * Privilege: CAP_SYS_ADMIN in the user namespace that owns the network namespace, and in the caller's own.
   *
   * @throws as {@link spawnInNamespace}
   */
  exec(name: string, command: string, args?: readonly string[] | null, options?: ExecNetnsOptions): NamespacedProcess;
  exec(name: string, command: string, options?: ExecNetnsOptions): NamespacedProcess;
  /**
   * Gives a network namespace an id in the caller's: `ip netns set NAME ID`. Programs that speak rtnetlink name it by this id.
   *
   * Privilege: CAP_NET_ADMIN in the user namespace that owns the caller's network namespace.
   *
   * @param id - the id, or 'auto' for the next free one
   * @throws NamespaceError ENOENT; EEXIST if it has an id already, or another namespace has this id; EPERM without privilege
   */
  set(name: string, id: number | 'auto'): void;
  /**
   * Lists the ids by which a network namespace knows others: `ip netns list-id`. `target` needs Linux 4.20. Privilege: none.
   * @throws NamespaceError ENOENT or EINVAL if there is no network namespace with the id `target`
   */
  listIds(options?: ListNetnsIdsOptions): NetnsId[];
  /**
   * Reports each name that is added or deleted from now on, whoever does it: `ip netns monitor`. The iteration keeps the event loop alive and
   * does not end by itself: leave the loop (`break`), or give it a signal.
   *
   * Privilege: none, if `/run/netns` exists. inotify(7)
   *
   * @throws NamespaceError EACCES if `/run/netns` cannot be made; EMFILE
   */
  monitor(options?: MonitorNetnsOptions): AsyncIterableIterator<NetnsEvent>;
}
