// Facts about the limits on the number of processes, read after a failure in order to find its cause.
import {readdirSync} from 'node:fs';
import {hasCapability, isInInitialUserNamespace, read} from './facts.js';

/** So many processes of the launch that failed may have ended before the limits are read: nsinit and a command. */
const endedBefore = 2;

/**
 * Returns RLIMIT_NPROC if the processes of this user reach it. The limit does not apply to real root, nor to a process with CAP_SYS_RESOURCE or
 * CAP_SYS_ADMIN in the initial user namespace.
 */
export function reachedProcessLimit(): {uid: number; limit: number} | undefined {
  const soft = read('/proc/self/limits')?.match(/^Max processes\s+(\d+)/m)?.[1];
  const uid = process.getuid?.() ?? 0;
  const isExempt =
    isInInitialUserNamespace() && (uid === 0 || hasCapability('CAP_SYS_RESOURCE') || hasCapability('CAP_SYS_ADMIN'));
  if (soft === undefined || isExempt) return undefined;
  const limit = Number(soft);
  return threadsOf(uid) + endedBefore >= limit ? {uid, limit} : undefined;
}

/** Counts the threads of a user, as the limit does. Those in other PID namespaces are visible if these are below the one of /proc. */
function threadsOf(uid: number): number {
  let count = 0;
  for (const pid of pids()) {
    const text = read(`/proc/${pid}/status`);
    if (text === undefined || Number(/^Uid:\s+(\d+)/m.exec(text)?.[1]) !== uid) continue;
    count += Number(/^Threads:\s+(\d+)/m.exec(text)?.[1] ?? 1);
  }
  return count;
}

function pids(): string[] {
  try {
    return readdirSync('/proc').filter(name => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/**
 * Returns the first cgroup, from this process's own upwards, that contains as many processes as its pids.max allows, or that did before
 * nsinit ended: the kernel counts in pids.events how often it has refused one.
 */
export function fullCgroup(): {path: string; limit: number} | undefined {
  for (const line of read('/proc/self/cgroup')?.trim().split('\n') ?? []) {
    const [, controllers = '', group = '/'] = line.split(':');
    if (controllers !== '' && !controllers.split(',').includes('pids')) continue;
    const root = controllers === '' ? '/sys/fs/cgroup' : `/sys/fs/cgroup/${controllers}`;
    for (let path = group; ; path = path.slice(0, path.lastIndexOf('/'))) {
      const number = (file: string): number => Number(read(`${root}${path}/${file}`) ?? Number.NaN);
      const limit = number('pids.max');
      const refused = Number(/^max (\d+)/m.exec(read(`${root}${path}/pids.events`) ?? '')?.[1] ?? 0);
      const missing = limit - number('pids.current');
      if (missing <= 0 || (refused > 0 && missing <= endedBefore)) return {path: path || '/', limit};
      if (path === '' || path === '/') break;
    }
  }
  return undefined;
}
