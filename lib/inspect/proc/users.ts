// User names, and the translation of user ids into a user namespace.
import {readFileSync, statSync} from 'node:fs';
import {asText, orUndefined} from '../../shared/own.js';

let cache: {mtimeMs: number; names: Map<number, string>} | undefined;

/**
 * Returns the name of a user as in passwd(5), or the user id as a string where /etc/passwd does not contain it. Other sources of
 * nsswitch.conf(5) are not used, because they may need the network and would block the event loop.
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
      // The first of several names for one id, as getpwuid(3) returns it.
      if (name && uid && !found.has(Number(uid))) found.set(Number(uid), name);
    }
  }
  cache = {mtimeMs, names: found};
  return found;
}

/**
 * Translates a user id of the caller's user namespace into another one.
 * @param uidMap - the /proc/PID/uid_map of a process in the other user namespace, as the caller reads it
 * @returns undefined where the id is not mapped
 */
export function mapUser(uidMap: string, uid: number): number | undefined {
  for (const line of uidMap.split('\n')) {
    const [inside, outside, size] = line.trim().split(/\s+/).map(Number);
    if (inside === undefined || outside === undefined || size === undefined) continue;
    if (uid >= outside && uid < outside + size) return inside + (uid - outside);
  }
  return undefined;
}
