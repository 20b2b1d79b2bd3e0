// The namespaces of the machine, as lsns(8) lists them, and those that no process lives in.
import {closeSync} from 'node:fs';
import {invalidArgValue} from '../errors.js';
import {validPid} from '../handle/source.js';
import {isNamespaceType, type NamespaceType, namespaceTypes} from '../namespace-types.js';
import {native} from '../native.js';
import {own} from '../options/own.js';
import {NAMESPACE_LINKS, typeOfLink} from '../proc/links.js';
import {type Procfs, type ProcOptions, procfs} from '../proc/procfs.js';
import {userName} from '../proc/users.js';
import {parseLink} from './link.js';
import {namespaceMounts} from './mounts.js';
import {commandLine, type ScannedProcess, scanProcesses} from './process.js';
import {openIfStill, type Relations, relationsOf} from './relations.js';

/** What keeps a namespace alive other than a process that lives in it. */
export type NamespaceReference =
  /** An open descriptor of a process. */
  | {kind: 'fd'; pid: number; fd: number}
  /** A bind mount, with a process that sees it there. */
  | {kind: 'mount'; pid: number; path: string}
  /** A process whose next children will live in it (`pid_for_children`, `time_for_children`). */
  | {kind: 'children'; pid: number}
  /** A thread that left its process's namespace. */
  | {kind: 'thread'; pid: number; tid: number}
  /** A namespace below it, or one that it owns. */
  | {kind: 'namespace'; type: NamespaceType; id: number};

/** A namespace, with all that lsns(8) shows of it. */
export interface NamespaceInfo {
  /** The inode number (lsns: NS). */
  id: number;
  type: NamespaceType;
  /** How many processes live in it, of those that may be inspected (NPROCS). */
  processes: number;
  /** The lowest PID in it (PID), undefined where no process lives in it; the next ones are of this process. */
  pid: number | undefined;
  ppid: number | undefined;
  /** Its arguments, or its name in brackets (COMMAND). */
  command: string | undefined;
  /** The effective user, as the caller's user namespace knows them (UID, USER). */
  uid: number | undefined;
  user: string | undefined;
  /** Where it can be opened (PATH). */
  path: string | undefined;
  /** Of a pid or user namespace (PNS), where it is the caller's or one below it. */
  parent: number | undefined;
  /** The user namespace that owns it (ONS), where it is the caller's or one below it. */
  owner: number | undefined;
  /** Who made it, of a user namespace. */
  ownerUid: number | undefined;
  /** The number by which the caller's network namespace knows it (NETNSID); ip-netns(8). */
  netnsid: number | undefined;
  /** Where it is mounted (NSFS). */
  mounts: string[];
  /** What else keeps it alive, and where. */
  references: NamespaceReference[];
}

/** What {@link listNamespaces} lists. */
export interface ListNamespacesOptions extends ProcOptions {
  /** Only these types; default all. */
  types?: readonly NamespaceType[] | undefined;
  /** Only the namespaces of this process. */
  pid?: number | undefined;
  /** Also the namespaces that only a thread lives in; default false, for it reads each thread. */
  threads?: boolean | undefined;
}

/** All that one look at the machine found. */
export interface Snapshot {
  processes: ScannedProcess[];
  namespaces: Map<string, NamespaceInfo>;
}

/**
 * Lists namespaces: those that processes live in, and those that only a descriptor, a bind mount or another
 * namespace keeps alive. Processes that come and go meanwhile are no error, nor are those that the caller may not
 * inspect: they are not counted, as by lsns(8).
 *
 * @returns by type, then id
 * @throws ERR_INVALID_ARG_VALUE, ERR_PROC_NAMESPACE_MISMATCH
 */
export function listNamespaces(options?: ListNamespacesOptions): NamespaceInfo[] {
  options = own(options);
  const {types = namespaceTypes, pid} = options;
  for (const type of types) {
    if (!isNamespaceType(type)) throw invalidArgValue('options.types', type, `must be of ${namespaceTypes.join(', ')}`);
  }
  if (pid !== undefined) validPid(pid, 'options.pid');
  const {processes, namespaces} = takeSnapshot(options);
  const wanted = [...namespaces.values()].filter(({type}) => types.includes(type));
  if (pid === undefined) return wanted;
  const ids = own(processes.find(process => process.pid === pid)?.ids);
  return wanted.filter(({type, id}) => ids[type] === id);
}

/** Looks at everything once. */
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
  /** Where each can be opened; more than one place, since processes go. */
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
        // Processes come in ascending order, so the first one is the lowest.
        if (info.pid !== undefined) continue;
        info.pid = pid;
        info.ppid = status.ppid;
        info.command = commandLine(process);
        info.uid = status.uid;
        info.user = userName(status.uid);
      }
    }
  }

  /** Each mount namespace is looked into once, through its lowest process. */
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

  /** Asks each for its parent and owner, which may be new, and asks those too. */
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
      // One that nothing else showed is known by those below it alone.
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
