// Names of users, and users seen from inside a user namespace.
import {readFileSync, statSync} from 'node:fs';
import {asText, orUndefined} from '../options/own.js';

let cache: {mtimeMs: number; names: Map<number, string>} | undefined;

/**
 * The name of a user in /etc/passwd, else the number. Other sources of nsswitch.conf(5) may need the network, and
 * would hold the event loop; they are not asked.
 */
export function userName(uid: number): string {
  return names().get(uid) ?? String(uid);
}

function names(): Map<number, string> {
  const file = '/etc/passwd';
  const mtimeMs = statSync(file, orUndefined)?.mtimeMs ?? 0;
  if (cache?.mtimeMs === mtimeMs) return cache.names;
  const found = new Map<number, string>();
  if (mtimeMs !== 0) {
    for (const line of readFileSync(file, asText).split('\n')) {
      const [name, , uid] = line.split(':');
      // As getpwuid(3), the first of several names.
      if (name && uid && !found.has(Number(uid))) found.set(Number(uid), name);
    }
  }
  cache = {mtimeMs, names: found};
  return found;
}

/**
 * A user as a process of the namespace sees it, by the namespace's /proc/PID/uid_map as we read it.
 * @returns undefined where it is not mapped
 */
export function mapUser(uidMap: string, uid: number): number | undefined {
  for (const line of uidMap.split('\n')) {
    const [inside, outside, size] = line.trim().split(/\s+/).map(Number);
    if (inside === undefined || outside === undefined || size === undefined) continue;
    if (uid >= outside && uid < outside + size) return inside + (uid - outside);
  }
  return undefined;
}
