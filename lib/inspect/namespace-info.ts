// What is listed of a namespace.
import type {NamespaceType} from '../shared/namespace-types.js';

/** Something that keeps a namespace alive, other than a process that lives in it. */
export type NamespaceReference =
  /** A process has an open descriptor of the namespace. */
  | {kind: 'fd'; pid: number; fd: number}
  /** A process has a socket that is in the network namespace. */
  | {kind: 'socket'; pid: number; fd: number}
  /** The namespace is bind mounted at `path`, as the process `pid` sees it. */
  | {kind: 'mount'; pid: number; path: string}
  /** The next children of the process will live in the namespace (`pid_for_children`, `time_for_children`). */
  | {kind: 'children'; pid: number}
  /** A thread is in the namespace, and its process is in another one. */
  | {kind: 'thread'; pid: number; tid: number}
  /** The namespace is the parent or the owner of another namespace. */
  | {kind: 'namespace'; type: NamespaceType; id: number};

/** A namespace, with all columns of lsns(8). The name of the column of lsns stands in parentheses. */
export interface NamespaceInfo {
  /** The inode number (NS). */
  id: number;
  /** The type of the namespace (TYPE). */
  type: NamespaceType;
  /** How many processes live in it, without those that the caller may not inspect (NPROCS). */
  processes: number;
  /**
   * The lowest PID of the processes that live in it (PID). This field, `ppid`, `command`, `uid` and `user` belong to one process, and are
   * undefined if no process lives in the namespace.
   */
  pid: number | undefined;
  /** The PID of its parent (PPID). */
  ppid: number | undefined;
  /** Its arguments, or its name in brackets (COMMAND). */
  command: string | undefined;
  /** Its effective user id, in the caller's user namespace (UID). */
  uid: number | undefined;
  /** The name of that user, or the id as a string (USER). */
  user: string | undefined;
  /** A path by which the namespace can be opened (PATH). */
  path: string | undefined;
  /** The id of the parent of a pid or user namespace, if that is the caller's namespace or a descendant of it (PNS). */
  parent: number | undefined;
  /** The id of the user namespace that owns it, if that is the caller's namespace or a descendant of it (ONS). */
  owner: number | undefined;
  /** The id of the user who created a user namespace, in the caller's user namespace; undefined for the other types. */
  ownerUid: number | undefined;
  /** The id of a network namespace in the caller's network namespace (NETNSID), see ip-netns(8). */
  netnsid: number | undefined;
  /** The paths at which it is mounted (NSFS). */
  mounts: string[];
  /** What keeps it alive, apart from the processes that live in it. */
  references: NamespaceReference[];
}

/** Returns the description of a namespace of which nothing else is known. */
export function emptyInfo(type: NamespaceType, id: number): NamespaceInfo {
  return {
    id,
    type,
    processes: 0,
    pid: undefined,
    ppid: undefined,
    command: undefined,
    uid: undefined,
    user: undefined,
    path: undefined,
    parent: undefined,
    owner: undefined,
    ownerUid: undefined,
    netnsid: undefined,
    mounts: [],
    references: [],
  };
}
