// What the machine says about itself. Read when something has failed, to find out why; a file that is not there says nothing.
import {lstatSync, readFileSync} from 'node:fs';
import type {NamespaceType} from './namespace-types.js';
import {asText, orUndefined} from './options/own.js';

function read(path: string): string | undefined {
  try {
    return readFileSync(path, asText);
  } catch {
    return undefined;
  }
}

/** A sysctl's number, by its path under /proc/sys. */
export function sysctl(path: string): number | undefined {
  const text = read(`/proc/sys/${path}`)?.trim();
  return text ? Number(text) : undefined;
}

/** How many namespaces of a type this user namespace allows. The outer ones have limits too, which cannot be seen from here. */
export function namespaceLimit(type: NamespaceType): number | undefined {
  return sysctl(`user/max_${type}_namespaces`);
}

/** Whether the kernel has the type at all. */
export function hasNamespaceType(type: NamespaceType): boolean {
  // Without a /proc nothing can be said against it.
  return !exists('/proc/self/ns') || exists(`/proc/self/ns/${type}`);
}

function exists(path: string): boolean {
  return lstatSync(path, orUndefined) !== undefined;
}

/** A field of /proc/self/status. */
export function status(field: string): string | undefined {
  return read('/proc/self/status')?.match(new RegExp(`^${field}:\\s*(.*)$`, 'm'))?.[1];
}

/** Whether a seccomp filter judges this process's system calls. */
export function hasSeccompFilter(): boolean {
  return status('Seccomp') === '2';
}

const CAP_SYS_ADMIN = 21n;

/** Whether this process has CAP_SYS_ADMIN in its user namespace. */
export function isAdministrator(): boolean {
  const mask = status('CapEff');
  return mask !== undefined && ((BigInt(`0x${mask}`) >> CAP_SYS_ADMIN) & 1n) === 1n;
}

/** How many PID namespaces this process is in, as far as this /proc shows. */
export function pidDepth(): number {
  return status('NSpid')?.split(/\s+/).length ?? 1;
}

/** Whether this process's ids mean something in its own user namespace. */
export function areIdsMapped(): boolean {
  const overflow = sysctl('kernel/overflowuid') ?? 65534;
  return process.geteuid?.() !== overflow || isMapped(read('/proc/self/uid_map') ?? '0 0 4294967295', overflow);
}

function isMapped(map: string, id: number): boolean {
  return map
    .trim()
    .split('\n')
    .map(line => line.trim().split(/\s+/).map(Number))
    .some(([first = 0, , size = 0]) => id >= first && id < first + size);
}

/** The soft limit RLIMIT_NPROC. */
export function processLimit(): number {
  const soft = read('/proc/self/limits')?.match(/^Max processes\s+(\S+)/m)?.[1];
  return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}

/** The cgroup, this process's own or one above it, that has as many processes as its pids.max allows. */
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

/** What is mounted over parts of /proc, or that /proc is read-only: the kernel gives no new /proc then to a user namespace. */
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

// A directory that is always empty hides nothing.
const harmless = new Set(['sys/fs/binfmt_misc']);
