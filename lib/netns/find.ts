// Finds names of network namespaces, and the processes in them.
import {fstatSync} from 'node:fs';
import {NamespaceError} from '../errors/errors.js';
import {objectOf, resultOf} from '../errors/system-call.js';
import {openNamespace} from '../inspect/handle/open.js';
import {readProcess} from '../inspect/proc/links.js';
import {procfs} from '../inspect/proc/procfs.js';
import {ENOENT} from '../shared/kernel.js';
import {KnownOptions, namesOf} from '../shared/known-options.js';
import {native} from '../shared/native.js';
import {own} from '../shared/own.js';
import {isOpenNamespace, type NamespaceReference} from '../shared/source.js';
import {isGiven, validateInteger} from '../shared/validate.js';
import {open} from './keep.js';
import {allNames, identityOf, pathOf} from './names.js';
import type {ListNetnsIdsOptions, NetnsId, NetnsInfo} from './types.js';

export function list(): NetnsInfo[] {
  return allNames().map(name => {
    // A file on which nothing is mounted is a name as well. It leads nowhere.
    const handle = openIfThere(name);
    const netnsid = handle === undefined ? -1 : native().getNetnsid(handle.fd);
    const info = {name, path: pathOf(name), id: handle?.id, netnsid: netnsid < 0 ? undefined : netnsid};
    handle?.close();
    return info;
  });
}

function openIfThere(name: string): ReturnType<typeof open> | undefined {
  try {
    return open(name);
  } catch {
    return undefined;
  }
}

export function identify(source: NamespaceReference = process.pid): string[] {
  if (isOpenNamespace(source)) return namesAt(source.fd);
  const handle = openNamespace(typeof source === 'string' ? {path: source} : source, 'net');
  try {
    return namesAt(handle.fd);
  } finally {
    handle.close();
  }
}

function namesAt(fd: number): string[] {
  const {dev, ino} = fstatSync(fd);
  return allNames().filter(name => {
    const identity = identityOf(name);
    return identity?.ino === ino && identity.dev === dev;
  });
}

export function pids(name: string): number[] {
  const path = pathOf(name);
  const identity = identityOf(name);
  if (identity === undefined) throw new NamespaceError({errno: ENOENT, syscall: 'stat', path, step: 'netns'});
  const proc = procfs(undefined);
  return [...proc.pids()].filter(pid => own(readProcess(proc, pid, [])?.ids).net === identity.ino);
}

/** The largest id. */
const idMax = 0x7fff_ffff;

export function set(name: string, id: number | 'auto'): void {
  if (id !== 'auto') validateInteger(id, 'id', 0, idMax);
  const handle = open(name);
  const answer = native().setNetnsid(handle.fd, id === 'auto' ? -1 : id);
  handle.close();
  resultOf(answer, {syscall: 'RTM_NEWNSID', path: pathOf(name), step: 'netns.id'});
}

const listIdsOptions = new KnownOptions(namesOf<ListNetnsIdsOptions>({target: true, id: true}));

export function listIds(options?: ListNetnsIdsOptions): NetnsId[] {
  const {target, id} = listIdsOptions.read(options);
  for (const [name, value] of Object.entries({target, id})) {
    if (isGiven(value)) validateInteger(value, `options.${name}`, 0, idMax);
  }
  const numbers = objectOf(native().listNetnsids(target ?? -1), {syscall: 'RTM_GETNSID', step: 'netns.id'});
  const names = new Map(list().flatMap(({name, netnsid}) => (netnsid === undefined ? [] : [[netnsid, name]])));
  const found: NetnsId[] = [];
  for (let index = 0; index < numbers.length; index += 2) {
    const netnsid = numbers[index]!;
    const current = numbers[index + 1]!;
    const ownId = isGiven(target) ? (current < 0 ? undefined : current) : netnsid;
    if (isGiven(id) && netnsid !== id) continue;
    found.push({netnsid, ownNetnsid: ownId, name: ownId === undefined ? undefined : names.get(ownId)});
  }
  return found;
}
