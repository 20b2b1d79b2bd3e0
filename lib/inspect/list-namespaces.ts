// Lists the namespaces of the machine as lsns(8) does, and also those in which no process lives.
import {closeSync, fstatSync} from 'node:fs';
import {invalidArgValue, NamespaceError} from '../errors/errors.js';
import {ESRCH} from '../shared/kernel.js';
import {KnownOptions, namesOf} from '../shared/known-options.js';
import {isNamespaceType, type NamespaceType, namespaceTypes} from '../shared/namespace-types.js';
import {native} from '../shared/native.js';
import {own} from '../shared/own.js';
import {validPid} from '../shared/source.js';
import {parseLink} from './link.js';
import {namespaceMounts} from './mounts.js';
import {emptyInfo, type NamespaceInfo} from './namespace-info.js';
import {NAMESPACE_LINKS, typeOfLink} from './proc/links.js';
import {type Procfs, type ProcOptions, procfs} from './proc/procfs.js';
import {userName} from './proc/users.js';
import {commandLine, type ScannedProcess, scanProcesses} from './process.js';
import {identifyDescriptor, nsfsDevice, openIfStill, type Relations, relationsOf} from './relations.js';

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
  for (const {pid, tid, ids, readable} of processes) {
    if (!readable || tid !== undefined) continue;
    collector.addDescriptors(pid);
    // A pidfd is opened by PIDs of the caller's PID namespace only.
    if (options.proc === undefined) collector.addSockets(pid, own(ids).net);
  }
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
      const {mnt} = own(ids);
      if (tid !== undefined || mnt === undefined || seen.has(mnt)) continue;
      seen.add(mnt);
      for (const {type, id, path} of namespaceMounts(this.procfs, pid)) {
        const info = this.#at(type, id, `${this.procfs.path}/${pid}/root${path}`);
        info.references.push({kind: 'mount', pid, path});
        if (!info.mounts.includes(path)) info.mounts.push(path);
      }
    }
  }

  addDescriptors(pid: number): void {
    const directory = `${this.procfs.path}/${pid}/fd`;
    const found = native().readNamespaceDescriptors(directory, nsfsDevice());
    if (typeof found === 'number') return;
    for (let index = 0; index < found.length; index += 2) {
      const fd = Number(found[index]);
      const text = String(found[index + 1]);
      const link = text === '/' ? identifyDescriptor(`${directory}/${fd}`) : parseLink(text);
      if (link === undefined) continue;
      this.#at(link.type, link.id, `${directory}/${fd}`).references.push({kind: 'fd', pid, fd});
    }
  }

  /** Adds the network namespaces of a process's sockets, which nothing else may keep. */
  addSockets(pid: number, own: number | undefined): void {
    const found = native().readSocketNamespaces(`${this.procfs.path}/${pid}/fd`, pid, own ?? 0);
    for (let index = 0; index < found.length; index += 2) {
      this.#at('net', found[index + 1]!).references.push({kind: 'socket', pid, fd: found[index]!});
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
      if (info.path === undefined) this.#relateBySocket(info);
    }
  }

  #relateBySocket(info: NamespaceInfo): void {
    const reference = info.references.find(({kind}) => kind === 'socket');
    if (reference?.kind !== 'socket') return;
    const fd = native().openSocketNamespace(reference.pid, reference.fd);
    if (fd < 0) return;
    // The socket may be another one by now.
    if (fstatSync(fd).ino === info.id) this.#relate(info, fd);
    native().close(fd);
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
