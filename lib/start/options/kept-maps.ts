// Keeps user namespaces whose maps newuidmap(1) and newgidmap(1) have written, since the two programs take more time than all else of a spawn.
//
// No command runs in a namespace that is kept. The user namespace of a command is made within it, where nsinit may map all ids by itself, so
// that commands have no rights over one another.

import type {ResolvedSetup} from '../../features/feature.js';
import {idMaps, needsPrograms, type ResolvedMaps} from '../../features/id-maps.js';
import {oomScoreAdj} from '../../features/oom-score-adj.js';
import type {NamespaceHandle} from '../../inspect/handle/handle.js';

/** How many are kept at most, and for how long one that nobody uses. Tests wait less. */
export const limits = {kept: 8, idleMs: 30_000};

interface Kept {
  /** Undefined after the first use. A program that starts one command does not pay for a namespace that it does not use. */
  handle: NamespaceHandle | undefined;
  isBeingMade: boolean;
  timer: NodeJS.Timeout;
}

/** Makes a user namespace with maps: set by create-namespaces.ts, which is built upon this module. */
type Maker = (maps: ResolvedMaps) => Promise<NamespaceHandle>;

const kept = new Map<string, Kept>();
let make: Maker | undefined;

/** Sets how namespaces are made. */
export function setMaker(maker: Maker): void {
  make = maker;
}

/** Returns whether a set-up may use a user namespace that is kept. */
export function usesKept({settings, sources}: ResolvedSetup): boolean {
  const maps = settings.of(idMaps);
  // An nsinit that enters a namespace is not dumpable, and may not write its oom_score_adj then.
  if (settings.of(oomScoreAdj) !== undefined) return false;
  return maps !== undefined && sources === undefined && needsPrograms(maps);
}

/** Returns the user namespace to enter for a set-up, if one is kept for it. */
export function keptFor(setup: ResolvedSetup): NamespaceHandle | undefined {
  const maps = setup.settings.of(idMaps);
  if (maps === undefined || !usesKept(setup)) return undefined;
  const {uidMap, gidMap, setgroups} = maps;
  const key = [process.geteuid!(), process.getegid!(), setgroups, uidMap.text, gidMap.text].join();
  const known = kept.get(key);
  if (known === undefined) {
    keep(key);
    return undefined;
  }
  known.timer.refresh();
  // The one that was used last comes last.
  kept.delete(key);
  kept.set(key, known);
  if (known.handle === undefined) fill(key, known, maps);
  return known.handle;
}

function keep(key: string): void {
  const [oldest] = kept.keys();
  if (kept.size >= limits.kept) giveBack(oldest!);
  kept.set(key, {handle: undefined, isBeingMade: false, timer: setTimeout(giveBack, limits.idleMs, key).unref()});
}

function giveBack(key: string): void {
  const known = kept.get(key);
  if (known === undefined) return;
  kept.delete(key);
  clearTimeout(known.timer);
  known.handle?.close();
}

function fill(key: string, known: Kept, maps: ResolvedMaps): void {
  if (known.isBeingMade || make === undefined) return;
  known.isBeingMade = true;
  make(maps).then(
    handle => {
      if (kept.get(key) === known) known.handle = handle;
      else handle.close();
    },
    // Whatever the reason is, a spawn reports it.
    () => giveBack(key),
  );
}
