// Facts about this machine, read from /proc and /sys after a failure in order to find its cause. A function returns undefined (or the
// answer of an unrestricted machine) where the file is missing or cannot be read.
import {lstatSync, readFileSync} from 'node:fs';
import type {NamespaceType} from './namespace-types.js';
import {native} from './native.js';
import {asText, orUndefined} from './own.js';

function read(path: string): string | undefined {
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

/** Returns whether this thread has CAP_SYS_ADMIN in its own user namespace. */
export function isAdministrator(): boolean {
  return native().isAdministrator();
}

/** Returns whether AppArmor allows a program without a profile to create user namespaces, but no operation in them. */
export function isRestrictedByAppArmor(): boolean {
  return sysctl('kernel/apparmor_restrict_unprivileged_userns') === 1 && !isAdministrator();
}

/** Returns the number of PID namespaces that this process is in, counted from the one that /proc shows. */
export function pidDepth(): number {
  return status('NSpid')?.split(/\s+/).length ?? 1;
}

/** Returns whether the effective user id of this process is mapped in its own user namespace. */
export function areIdsMapped(): boolean {
  const overflow = sysctl('kernel/overflowuid') ?? 65534;
  return process.geteuid?.() !== overflow || isMapped(read('/proc/self/uid_map') ?? '0 0 4294967295', overflow);
}

function isMapped(map: string, id: number, count = 1): boolean {
  return map
    .trim()
    .split('\n')
    .map(line => line.trim().split(/\s+/).map(Number))
    .some(([first = 0, , size = 0]) => id >= first && id + count <= first + size);
}

/**
 * Returns whether ids are mapped in the user namespace of this process.
 * @param count - how many, from the first one on
 */
export function areMapped(type: 'uid' | 'gid', first: number, count: number): boolean {
  return isMapped(read(`/proc/self/${type}_map`) ?? '0 0 4294967295', first, count);
}

/**
 * Returns a soft limit of this process, or Infinity where there is none.
 * @param name - as in /proc/self/limits: 'processes' is RLIMIT_NPROC, 'file size' RLIMIT_FSIZE
 */
export function softLimit(name: 'processes' | 'file size'): number {
  const soft = read('/proc/self/limits')?.match(new RegExp(`^Max ${name}\\s+(\\S+)`, 'm'))?.[1];
  return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}

/** Returns the first cgroup, from this process's own upwards, that contains as many processes as its pids.max allows. */
export function fullCgroup(): {path: string; limit: number} | undefined {
  for (const line of read('/proc/self/cgroup')?.trim().split('\n') ?? []) {
    const [, controllers = '', group = '/'] = line.split(':');
    if (controllers !== '' && !controllers.split(',').includes('pids')) continue;
    const root = controllers === '' ? '/sys/fs/cgroup' : `/sys/fs/cgroup/${controllers}`;
    for (let path = group; ; path = path.slice(0, path.lastIndexOf('/'))) {
      const limit = Number(read(`${root}${path}/pids.max`) ?? Number.NaN);
      const current = Number(read(`${root}${path}/pids.current`) ?? Number.NaN);
      if (current >= limit) return {path: path || '/', limit};
      if (path === '' || path === '/') break;
    }
  }
  return undefined;
}

/**
 * Describes what hides parts of /proc: mounts over it, or a read-only mount of it. In a user namespace the kernel refuses to mount a new
 * /proc then, because that would reveal what is hidden.
 * @returns undefined where one mount of /proc is fully visible
 */
export function hiddenProc(): string | undefined {
  const mounts = (read('/proc/self/mountinfo') ?? '')
    .trim()
    .split('\n')
    .map(line => line.split(' '))
    .filter(({length}) => length > 5);
  const own = mounts.filter(fields => fields[fields.indexOf('-') + 1] === 'proc' && fields[3] === '/');
  const isHidden = (fields: string[]): boolean => {
    const [, , , , point, options = ''] = fields;
    if (options.split(',').includes('ro')) return true;
    return mounts.some(other => other[4]?.startsWith(`${point}/`) && !harmless.has(other[4].slice(point!.length + 1)));
  };
  if (own.some(fields => !isHidden(fields))) return undefined;
  const over = mounts.filter(({4: point}) => point?.startsWith('/proc/')).map(({4: point}) => point);
  return own.length > 0 && over.length === 0
    ? '/proc is mounted read-only'
    : `mounts over ${over.slice(0, 3).join(', ')}`;
}

// Mounts on these directories of /proc hide nothing, because the directories are always empty.
const harmless = new Set(['sys/fs/binfmt_misc']);
