// Lists the namespaces of the machine as lsns(8) does, and also those in which no process lives.
import {closeSync} from 'node:fs';
import {invalidArgValue, NamespaceError} from '../errors/errors.js';
import {ESRCH} from '../shared/kernel.js';
import {KnownOptions, namesOf} from '../shared/known-options.js';
import {isNamespaceType, type NamespaceType, namespaceTypes} from '../shared/namespace-types.js';
import {native} from '../shared/native.js';
import {own} from '../shared/own.js';
import {validPid} from '../shared/source.js';
import {parseLink} from './link.js';
import {namespaceMounts} from './mounts.js';
import {NAMESPACE_LINKS, typeOfLink} from './proc/links.js';
import {type Procfs, type ProcOptions, procfs} from './proc/procfs.js';
import {userName} from './proc/users.js';
import {commandLine, type ScannedProcess, scanProcesses} from './process.js';
import {openIfStill, type Relations, relationsOf} from './relations.js';

/** Something that keeps a namespace alive, other than a process that lives in it. */
export type NamespaceReference =
  /** A process has an open descriptor of the namespace. */
  | {kind: 'fd'; pid: number; fd: number}
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

/** Options of {@link listNamespaces}. */
export interface ListNamespacesOptions extends ProcOptions {
  /** List only these types. Default: all eight. */
  types?: readonly NamespaceType[] | undefined;
  /** List only the namespaces of the process with this PID. Default: all namespaces. */
  pid?: number | undefined;
  /** List also namespaces in which only a thread lives. Default: false, because this reads each thread of each process. */
  threads?: boolean | undefined;
}

const listOptions = new KnownOptions(
  namesOf<ListNamespacesOptions>({proc: true, types: true, pid: true, threads: true}),
);

/** The processes and namespaces that one scan of the machine found. */
export interface Snapshot {
  processes: ScannedProcess[];
  namespaces: Map<string, NamespaceInfo>;
}

/**
 * Lists namespaces: those in which processes live, and those that only a descriptor, a bind mount or another namespace keeps alive.
 * Processes that start or end during the call cause no error. Processes that the caller may not inspect are not counted, as in lsns(8).
 *
 * Privilege: none. Only processes to which the caller has ptrace access mode PTRACE_MODE_READ_FSCREDS are inspected, see ptrace(2).
 *
 * @returns the namespaces, sorted by type and then by id
 * @throws NamespaceError ESRCH if there is no process `options.pid`
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE, ERR_PROC_NAMESPACE_MISMATCH
 * @see lsns(8), namespaces(7)
 */
export function listNamespaces(options?: ListNamespacesOptions): NamespaceInfo[] {
  options = listOptions.read(options);
  const {types = namespaceTypes, pid} = options;
  for (const type of types) {
    if (!isNamespaceType(type)) throw invalidArgValue('options.types', type, `must be of ${namespaceTypes.join(', ')}`);
  }
  if (pid !== undefined) validPid(pid, 'options.pid');
  const {processes, namespaces} = takeSnapshot(options);
  const wanted = [...namespaces.values()].filter(({type}) => types.includes(type));
  if (pid === undefined) return wanted;
  const process = processes.find(({pid: found}) => found === pid);
  if (process === undefined) throw new NamespaceError({errno: ESRCH, step: 'source'});
  const ids = own(process.ids);
  return wanted.filter(({type, id}) => ids[type] === id);
}

/** Scans all processes once. */
export function takeSnapshot(options: ListNamespacesOptions): Snapshot {
  const proc = procfs(options.proc);
  const processes = scanProcesses(proc, {threads: options.threads});
  const collector = new Collector(proc);
  for (const process of processes) collector.addProcess(process);
  collector.addMounts(processes);
  for (const {pid, tid, readable} of processes) if (readable && tid === undefined) collector.addDescriptors(pid);
  collector.relate();
  const sorted = [...collector.namespaces].sort(
    ([, a], [, b]) => namespaceTypes.indexOf(a.type) - namespaceTypes.indexOf(b.type) || a.id - b.id,
  );
  return {processes, namespaces: new Map(sorted)};
}

class Collector {
  readonly namespaces = new Map<string, NamespaceInfo>();
  /** The paths by which each namespace can be opened. There are several, because processes may end meanwhile. */
  readonly #places = new Map<NamespaceInfo, string[]>();

  constructor(private readonly procfs: Procfs) {}

  addProcess(process: ScannedProcess): void {
    const {pid, tid, status} = process;
    // A zombie has few of them.
    const ids = own(process.ids);
    for (const link of NAMESPACE_LINKS) {
      const id = ids[link];
      if (id === undefined) continue;
      const type = typeOfLink(link);
      if (link !== type && id === ids[type]) continue;
      const directory = tid === undefined ? `${pid}` : `${pid}/task/${tid}`;
      const info = this.#at(type, id, `${this.procfs.path}/${directory}/ns/${link}`);
      if (link !== type) {
        info.references.push({kind: 'children', pid});
      } else if (tid !== undefined) {
        info.references.push({kind: 'thread', pid, tid});
      } else {
        info.processes++;
        // Processes are added in ascending order, so the first one has the lowest PID.
        if (info.pid !== undefined) continue;
        info.pid = pid;
        info.ppid = status.ppid;
        info.command = commandLine(process);
        info.uid = status.uid;
        info.user = userName(status.uid);
      }
    }
  }

  /** Adds the mounted namespaces. Each mount namespace is read once, through its process with the lowest PID. */
  addMounts(processes: readonly ScannedProcess[]): void {
    const seen = new Set<number>();
    for (const {pid, tid, ids} of processes) {
      if (tid !== undefined || ids.mnt === undefined || seen.has(ids.mnt)) continue;
      seen.add(ids.mnt);
      for (const {type, id, path} of namespaceMounts(this.procfs, pid)) {
        const info = this.#at(type, id, `${this.procfs.path}/${pid}/root${path}`);
        info.references.push({kind: 'mount', pid, path});
        if (!info.mounts.includes(path)) info.mounts.push(path);
      }
    }
  }

  addDescriptors(pid: number): void {
    const directory = `${this.procfs.path}/${pid}/fd`;
    const found = native().readNamespaceDescriptors(directory);
    if (typeof found === 'number') return;
    for (let index = 0; index < found.length; index += 2) {
      const link = parseLink(String(found[index + 1]));
      if (link === undefined) continue;
      const fd = Number(found[index]);
      this.#at(link.type, link.id, `${directory}/${fd}`).references.push({kind: 'fd', pid, fd});
    }
  }

  /** Looks up the parent and the owner of each namespace. Those that are not known yet are added and looked up as well. */
  relate(): void {
    for (const info of [...this.namespaces.values()]) {
      for (const place of this.#places.get(info) ?? []) {
        const fd = openIfStill(place, info.id);
        if (fd === undefined) continue;
        info.path = place;
        this.#relate(info, fd);
        closeSync(fd);
        break;
      }
    }
  }

  #relate(info: NamespaceInfo, fd: number): void {
    const relations: Relations = relationsOf(info.type, fd, (type, id, relative) => {
      const known = this.namespaces.get(`${type}:${id}`);
      const other = known ?? this.#at(type, id);
      // No process lives in it, so the namespace below is what keeps it alive.
      if (other.processes === 0) other.references.push({kind: 'namespace', type: info.type, id: info.id});
      if (known === undefined) this.#relate(other, relative);
    });
    Object.assign(info, relations);
  }

  #at(type: NamespaceType, id: number, place?: string): NamespaceInfo {
    const key = `${type}:${id}`;
    let info = this.namespaces.get(key);
    if (info === undefined) {
      info = emptyInfo(type, id);
      this.namespaces.set(key, info);
      this.#places.set(info, []);
    }
    const places = this.#places.get(info);
    if (place !== undefined && places !== undefined && places.length < 8) places.push(place);
    return info;
  }
}

function emptyInfo(type: NamespaceType, id: number): NamespaceInfo {
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
