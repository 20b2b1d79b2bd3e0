// Facts about this machine, read from /proc and /sys after a failure in order to find its cause. A function returns undefined (or the
// value of an unrestricted machine) if the file is missing or cannot be read.
import {lstatSync, readFileSync, readlinkSync} from 'node:fs';
import {EEXIST, EPERM} from './kernel.js';
import type {NamespaceType} from './namespace-types.js';
import {native} from './native.js';
import {asText, orUndefined} from './own.js';

/** Returns the content of a file, or undefined where it cannot be read. */
export function read(path: string): string | undefined {
  try {
    return readFileSync(path, asText);
  } catch {
    return undefined;
  }
}

/**
 * Reads a numeric sysctl.
 * @param path - relative to /proc/sys
 */
export function sysctl(path: string): number | undefined {
  const text = read(`/proc/sys/${path}`)?.trim();
  return text ? Number(text) : undefined;
}

/** Returns how many namespaces of a type this user namespace allows. Outer user namespaces may have lower limits, which are not visible. */
export function namespaceLimit(type: NamespaceType): number | undefined {
  return sysctl(`user/max_${type}_namespaces`);
}

/** Returns whether the kernel supports a type of namespace. */
export function hasNamespaceType(type: NamespaceType): boolean {
  // Without a /proc this cannot be checked, and the type is assumed to exist.
  return !exists('/proc/self/ns') || exists(`/proc/self/ns/${type}`);
}

function exists(path: string): boolean {
  return lstatSync(path, orUndefined) !== undefined;
}

/** Returns the value of a field of /proc/self/status, proc_pid_status(5). */
export function status(field: string): string | undefined {
  return read('/proc/self/status')?.match(new RegExp(`^${field}:\\s*(.*)$`, 'm'))?.[1];
}

/** Returns whether a seccomp filter applies to this process. */
export function hasSeccompFilter(): boolean {
  return status('Seccomp') === '2';
}

/** Returns whether this thread has a capability in its own user namespace. CAP_SETFCAP matters since Linux 5.12. */
export function hasCapability(
  name: 'CAP_SETFCAP' | 'CAP_SETGID' | 'CAP_SETUID' | 'CAP_SYS_ADMIN' | 'CAP_SYS_RESOURCE',
): boolean {
  return native().hasCapability(native().internalConstants[name]!);
}

/** Returns whether this thread has CAP_SYS_ADMIN in its own user namespace. */
export function isAdministrator(): boolean {
  return hasCapability('CAP_SYS_ADMIN');
}

/** Returns whether the root directory of this process is a directory within a mount: chroot(2). It is not, as far as /proc says. */
export function isRootWithinMount(): boolean {
  const points = mounts().map(({4: point}) => point);
  return points.length > 0 && !points.includes('/');
}

/** Returns whether the next children of this thread live in another PID namespace than the thread: unshare(2) or setns(2). */
export function hasOtherChildren(): boolean {
  const [own, children] = ['pid', 'pid_for_children'].map(link => target(`/proc/thread-self/ns/${link}`));
  // Without a first child, the link of a new PID namespace cannot be read.
  return own !== undefined && own !== children;
}

function target(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Returns whether AppArmor allows a program without a profile to create user namespaces, but no operation in them. */
export function isRestrictedByAppArmor(): boolean {
  return sysctl('kernel/apparmor_restrict_unprivileged_userns') === 1 && !isAdministrator();
}

/** The maximum nesting depth of PID namespaces: MAX_PID_NS_LEVEL of the kernel. */
const deepest = 32;

/**
 * Returns whether this process is in as many PID namespaces as there may be. A /proc shows only those from its own downwards, but the kernel
 * refuses a list of PIDs for a new process (set_tid of clone3) at once if it is longer than that process would have PIDs. The list asks for
 * PIDs that are taken, so that there is no new process.
 */
export function isInDeepestPidNamespace(): boolean {
  if ((status('NSpid')?.split(/\s+/).length ?? 1) > deepest) return true;
  const request = new Float64Array(3);
  native().clone('/', [], [], new Int32Array(), new Int32Array(deepest).fill(1), request);
  // Who may choose no PIDs is refused later than for the length of the list. A seccomp filter refuses any call.
  return request[0] === EEXIST || (request[0] === EPERM && !hasSeccompFilter());
}

/** Returns whether this process is in the initial user namespace, as far as /proc says: all ids are mapped to themselves there. */
export function isInInitialUserNamespace(): boolean {
  return /^\s*0\s+0\s+4294967295\s*$/.test(idMapOf('uid'));
}

/** Returns whether the effective user id of this process is mapped in its own user namespace. */
export function areIdsMapped(): boolean {
  const overflow = sysctl('kernel/overflowuid') ?? 65534;
  return process.geteuid?.() !== overflow || isMapped(idMapOf('uid'), overflow);
}

function isMapped(map: string, id: number, count = 1): boolean {
  return extents(map).some(({first, end}) => id >= first && id + count <= end);
}

function extents(map: string): {first: number; end: number}[] {
  return map
    .trim()
    .split('\n')
    .map(line => line.trim().split(/\s+/).map(Number))
    .map(([first = 0, , size = 0]) => ({first, end: first + size}));
}

// A map is written once, and a process with several threads, as Node is, cannot change its user namespace.
const ownMaps = new Map<'uid' | 'gid', string>();

function idMapOf(type: 'uid' | 'gid'): string {
  const map = ownMaps.get(type) ?? read(`/proc/self/${type}_map`);
  // Until it is written, a map is empty.
  if (map) ownMaps.set(type, map);
  return map ?? '0 0 4294967295';
}

/**
 * Returns whether ids are mapped in the user namespace of this process.
 * @param count - how many, from the first one on
 */
export function areMapped(type: 'uid' | 'gid', first: number, count: number): boolean {
  return isMapped(idMapOf(type), first, count);
}

/** Returns where ids that are all mapped in the user namespace of this process pass from one range of its map to another. */
export function seamWithin(type: 'uid' | 'gid', first: number, count: number): number | undefined {
  const found = extents(idMapOf(type));
  const endFrom = (id: number): number | undefined => found.find(range => id >= range.first && id < range.end)?.end;
  const seam = endFrom(first);
  for (let id = seam; id !== undefined; id = endFrom(id)) {
    if (id >= first + count) return seam! < first + count ? seam : undefined;
  }
  return undefined;
}

/**
 * Describes what hides parts of /proc: mounts over it, or a read-only mount of it. In a user namespace the kernel refuses to mount a new
 * /proc then, because that would reveal what is hidden.
 * @returns undefined where one mount of /proc is fully visible
 */
export function hiddenProc(): string | undefined {
  const all = mounts();
  const own = all.filter(fields => fields[fields.indexOf('-') + 1] === 'proc' && fields[3] === '/');
  const isHidden = (fields: string[]): boolean => {
    const [, , , , point, options = ''] = fields;
    if (options.split(',').includes('ro')) return true;
    return all.some(other => other[4]?.startsWith(`${point}/`) && !harmless.has(other[4].slice(point!.length + 1)));
  };
  // Without a /proc nothing is known.
  if (all.length === 0 || own.some(fields => !isHidden(fields))) return undefined;
  const over = all.filter(({4: point}) => point?.startsWith('/proc/')).map(({4: point}) => point);
  return own.length > 0 && over.length === 0
    ? '/proc is mounted read-only'
    : `mounts over ${over.slice(0, 3).join(', ')}`;
}

/** The lines of mountinfo, proc_pid_mountinfo(5), as fields. */
function mounts(): string[][] {
  return (read('/proc/self/mountinfo') ?? '')
    .trim()
    .split('\n')
    .map(line => line.split(' '))
    .filter(({length}) => length > 5);
}

// Mounts on these directories of /proc hide nothing, because the directories are always empty.
const harmless = new Set(['sys/fs/binfmt_misc']);
