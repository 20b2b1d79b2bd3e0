// Remembers the set-ups that join namespaces, because many programs enter the same ones again and again.
import type {ResolvedSetup} from '../../features/feature.js';
import {type ProcessSource, processKey} from '../../shared/source.js';

/** What a set-up was resolved from: the entries of `namespaces`, and the caller. */
interface Known {
  entries: readonly (readonly [string, unknown])[];
  isPrivileged: boolean;
  uid: number;
  gid: number;
  setup: ResolvedSetup;
}

// By the first object among the values, usually a handle, so that what nobody can name any more is forgotten.
const known = new WeakMap<object, Known[]>();
const withoutObject = {};
const knownMax = 8;

/**
 * Returns the set-up for the value of the option `namespaces`. It is the same object for the same entries, as long as the caller has the same
 * ids.
 * @param resolve - resolves it
 */
export function joinsOf(namespaces: unknown, isPrivileged: boolean, resolve: () => ResolvedSetup): ResolvedSetup {
  if (typeof namespaces !== 'object' || namespaces === null) return resolve();
  const [uid, gid] = [process.geteuid!(), process.getegid!()];
  const entries = Object.entries(namespaces);
  const source = (namespaces as {[processKey]?: ProcessSource})[processKey];
  const key = (entries.find(([, value]) => typeof value === 'object' && value !== null)?.[1] ??
    withoutObject) as object;
  const list = known.get(key) ?? [];
  for (const one of list) {
    if (one.isPrivileged !== isPrivileged || one.uid !== uid || one.gid !== gid) continue;
    if (one.setup.process === source && areSame(one.entries, entries)) return one.setup;
  }
  const setup = resolve();
  if (list.unshift({entries, isPrivileged, uid, gid, setup}) > knownMax) list.pop();
  known.set(key, list);
  return setup;
}

function areSame(one: Known['entries'], other: Known['entries']): boolean {
  if (one.length !== other.length) return false;
  return one.every(([type, value], index) => other[index]![0] === type && other[index]![1] === value);
}

/** What remains to be joined when the targets are open. */
export type Joining = Pick<ResolvedSetup, 'joins' | 'mapsWithin' | 'enters'>;

const joinings = new WeakMap<ResolvedSetup, Map<string, ResolvedSetup>>();

/** Returns a set-up with what remains to be joined. It is the same object each time, so that its plan is written once. */
export function joiningOf(setup: ResolvedSetup, {joins, mapsWithin, enters}: Joining): ResolvedSetup {
  const key = [joins.join(' '), mapsWithin, enters.root, enters.cwd, enters.pidForChildren].join();
  const byKey = joinings.get(setup) ?? new Map<string, ResolvedSetup>();
  const found = byKey.get(key) ?? {...setup, joins, mapsWithin, enters};
  joinings.set(setup, byKey.set(key, found));
  return found;
}
